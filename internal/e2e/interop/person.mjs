// A person with a browser of their own: keeps its cookies and fills in the pages of the authorization server.
import assert from 'node:assert/strict'

const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'", '&#43;': '+' }
const unescape = (text) => text.replace(/&(amp|lt|gt|#34|#39|#43);/g, (e) => entities[e])

/** All matches of a pattern with groups in a page, unescaped. */
const all = (page, pattern) => [...page.matchAll(pattern)].map((m) => m.slice(1).map((g) => unescape(g ?? '')))

export class Person {
  #cookies = new Map()

  /** @param {{login: string, password: string, email?: string}} account */
  constructor(account) {
    this.account = account
  }

  /**
   * Goes through an authorization request and returns the address at the app to which the browser is sent.
   * Wishes: search and patient for the picker, encounter (true = the first), untick (scopes), deny.
   */
  async answer(request, wishes = {}) {
    const home = new URL(request).origin
    this.seen = [] // names of the pages, in their order
    let response = await this.#fetch(request)
    for (let i = 0; i < 20; i++) {
      const to = response.headers.get('location')
      if (to) {
        const next = new URL(to, response.url)
        if (next.origin !== home) return next
        response = await this.#fetch(next)
        continue
      }
      const page = await response.text()
      assert.equal(response.status, 200, `${response.url} answers ${response.status}: ${page}`)
      const step = new URL(response.url).pathname.split('/').pop()
      this.seen.push(step)
      const action = all(page, /<form method="post" action="([^"]+)"/g)[0]
      assert.ok(action, `${response.url} has no form: ${page}`)
      if (step === 'patient-select' && wishes.search && !new URL(response.url).searchParams.has('search')) {
        const found = new URL(response.url)
        found.searchParams.set('search', wishes.search)
        response = await this.#fetch(found)
        continue
      }
      const posted = page.slice(page.indexOf('<form method="post"')) // the picker has a form to search before it
      const form = new URLSearchParams(all(posted, /<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
      this.#fill(step, posted, form, wishes)
      response = await this.#fetch(new URL(action[0], response.url), form)
    }
    assert.fail('the pages have no end')
  }

  /** Opens an address and returns the answer, redirects unfollowed. */
  open(address) {
    return this.#fetch(address)
  }

  #fill(step, page, form, wishes) {
    switch (step) {
      case 'login':
        form.set('username', this.account.login)
        form.set('password', this.account.password)
        form.set('user_role', this.account.email ? 'patient' : 'users')
        if (this.account.email) form.set('email', this.account.email)
        return
      case 'patient-select': {
        const offered = all(page, /name="patient" value="([^"]+)"/g).flat()
        assert.ok(offered.includes(wishes.patient), `the picker offers ${offered}, not ${wishes.patient}`)
        form.set('patient', wishes.patient)
        return
      }
      case 'encounter-select':
        form.set('encounter', all(page, /name="encounter" value="([^"]+)"/g)[0][0])
        return
      case 'consent':
        for (const [scope] of all(page, /<input type="checkbox" name="scope" value="([^"]*)"/g)) {
          if (!wishes.untick?.includes(scope)) form.append('scope', scope)
        }
        form.set('decision', wishes.deny ? 'deny' : 'allow')
        return
      default:
        assert.fail(`an unexpected page: ${step}`)
    }
  }

  async #fetch(address, form) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, {
      method: form ? 'POST' : 'GET',
      body: form,
      headers: cookie ? { cookie } : {},
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      if (value) this.#cookies.set(name, value)
      else this.#cookies.delete(name)
    }
    return response
  }
}
