// What is wrong with the page as it is drawn now, a line each; empty if nothing is.
(() => {
  const wrong = []
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0
  const name = (e) => `${e.tagName.toLowerCase()}${e.id && '#' + e.id}${e.name ? `[name=${e.name}]` : ''} ${(e.textContent || '').trim().slice(0, 40)}`
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen)

  if (!document.title.replace('· Chartwright', '').trim()) wrong.push('the page has no title')
  if (!document.documentElement.lang) wrong.push('the page has no language')
  if (all('h1').length !== 1) wrong.push(`the page has ${all('h1').length} main headings`)
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id)
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) wrong.push(`the id ${id} is there twice`)

  for (const e of all('input:not([type=hidden]), select, textarea')) {
    if (!e.labels.length && !e.getAttribute('aria-label')) wrong.push(`${name(e)} has no label`)
  }
  // WCAG 2.2, 3.3.1: what is wrong with a field is said in words that belong to it.
  for (const e of all('[aria-invalid=true]')) {
    const note = document.getElementById(e.getAttribute('aria-describedby')?.split(' ')[0])
    if (!note || !seen(note) || !note.textContent.trim()) wrong.push(`${name(e)} is wrong, and nothing says why`)
  }
  for (const e of all('[role=alert][id]')) {
    if (!document.querySelector(`[aria-describedby~="${e.id}"]`)) wrong.push(`${name(e)} belongs to no field`)
  }
  for (const e of all('a[href], button, summary')) {
    if (!(e.getAttribute('aria-label') || e.textContent).trim()) wrong.push(`${name(e)} says nothing`)
    if (e.tabIndex > 0) wrong.push(`${name(e)} jumps the order of focus`)
  }
  const called = all('button').map((e) => (e.getAttribute('aria-label') || e.textContent).trim())
  for (const text of new Set(called.filter((text, i) => called.indexOf(text) !== i))) wrong.push(`two buttons are called "${text}"`)

  // Nothing lies beside the page, above something else that is pressed, or is too small for a finger.
  const root = document.documentElement
  if (root.scrollWidth > root.clientWidth) {
    const wide = all('body *').filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1)
    wrong.push(`the page is ${root.scrollWidth} wide in a window of ${root.clientWidth}: ${wide.slice(-2).map(name).join(', ')}`)
  }
  const pressed = all('button, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea').map((e) => [e, e.getBoundingClientRect()])
  for (const [e, r] of pressed) {
    if (r.height < 32) wrong.push(`${name(e)} is ${r.height} high`)
    for (const [other, o] of pressed) {
      if (other === e) break
      if (r.left < o.right - 1 && o.left < r.right - 1 && r.top < o.bottom - 1 && o.top < r.bottom - 1) wrong.push(`${name(e)} lies over ${name(other)}`)
    }
  }

  // WCAG 2.2, 1.4.3: text stands out from what is behind it, 4.5 to 1.
  const channels = (color) => color.match(/[\d.]+/g).map(Number)
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor)
      if (c.length < 4 || c[3] === 1) return c
    }
    return [255, 255, 255]
  }
  const contrast = (where) => {
    for (const e of all('body *')) {
      if (![...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim())) continue
      const [a, b] = [light(channels(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x)
      const ratio = (a + 0.05) / (b + 0.05)
      if (ratio < 4.5) wrong.push(`${name(e)} has a contrast of ${ratio.toFixed(1)} ${where}`)
    }
  }
  contrast('by day')
  const dark = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule instanceof CSSMediaRule && rule.conditionText.includes('prefers-color-scheme'))
  if (!dark.length) wrong.push('the page knows no dark colors')
  for (const rule of dark) rule.media.mediaText = 'all'
  contrast('in the dark')
  for (const rule of dark) rule.media.mediaText = '(prefers-color-scheme: dark)'
  return wrong
})()
