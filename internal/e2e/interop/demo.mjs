// The running demonstration, as the test that starts a script describes it, and its administrator.
import assert from 'node:assert/strict'

const desk = process.env.CHARTWRIGHT_DESK

export const issuer = `${process.env.CHARTWRIGHT_URL}/oauth2/default`
export const fhir = `${process.env.CHARTWRIGHT_URL}/apis/default/fhir`

/** Where the invented app is; nobody ever goes there. */
export const app = 'https://app.example.org'

export const accounts = {
  admin: { login: 'admin', password: 'pass' },
  physician: { login: 'physician', password: 'physician' },
  phil: { login: 'Phil1', password: 'phil', email: 'heya@invalid.email.com' },
}

/** Two patients of the demonstration. The first is Phil's own record. */
export const patients = {
  lindqvist: '9a1b6c1e-0001-4c57-9d10-5f2a6e0c0001',
  underhill: '9a1b6c1e-0002-4c57-9d10-5f2a6e0c0002',
}

async function ask(path, parameters) {
  const response = await fetch(`${desk}/${path}?${new URLSearchParams(parameters)}`, { method: 'POST' })
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return text
}

/** The administrator lets a client in that may not help itself. */
export const enable = (client) => ask('enable', { client })

/** A member of staff launches an app from the chart; the address that the browser opens is returned. */
export const launch = (client, user, context) => ask('launch', { client, user, ...context })

/** Registers a client without the help of a library and returns the answer. */
export async function register(metadata) {
  const response = await fetch(`${issuer}/registration`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'An app', redirect_uris: [`${app}/callback`], ...metadata }),
  })
  assert.equal(response.status, 201, await response.clone().text())
  return response.json()
}
