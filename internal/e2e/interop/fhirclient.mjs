// fhirclient, the SMART App Launch library of SMART Health IT, as a server uses it.
import assert from 'node:assert/strict'
import test from 'node:test'
import smart from 'fhirclient'

import { accounts, app, enable, fhir, launch, patients, register } from './demo.mjs'
import { Person } from './person.mjs'

const redirectUri = `${app}/callback`

/** The library in a browser session that opens an address of the app. */
function at(address, storage) {
  const { host, pathname, search } = new URL(address)
  return smart({ url: pathname + search, headers: { host }, socket: { encrypted: true } }, {}, storage)
}

/** A session of the app's user. */
function session() {
  const kept = new Map()
  return {
    get: async (key) => kept.get(key),
    set: async (key, value) => kept.set(key, value) && value,
    unset: async (key) => kept.delete(key),
  }
}

/** Launches, lets the person answer, and returns the client that is ready. */
async function connect(person, options, wishes, from = `${app}/launch`) {
  const storage = session()
  const to = await at(from, storage).authorize({ redirectUri, noRedirect: true, pkceMode: 'required', ...options })
  const back = await person.answer(to, wishes)
  return at(back, storage).ready()
}

const family = (patient) => patient.name[0].family

test('standalone, staff pick the patient', async (t) => {
  const scope = 'launch/patient openid fhirUser offline_access patient/Patient.rs patient/Observation.rs'
  const registered = await register({ scope, token_endpoint_auth_method: 'client_secret_basic' })
  const person = new Person(accounts.physician)
  const client = await connect(person, { iss: fhir, scope, clientId: registered.client_id, clientSecret: registered.client_secret },
    { search: 'Underhill', patient: patients.underhill })

  assert.deepEqual(person.seen, ['login', 'patient-select', 'patient-select', 'consent'])
  await t.test('reads the patient', async () => {
    assert.equal(client.patient.id, patients.underhill)
    assert.equal(family(await client.patient.read()), 'Underhill')
  })
  await t.test('reads the user', async () => {
    assert.equal(client.user.resourceType, 'Practitioner')
  })
  await t.test('searches, page after page', async () => {
    const found = await client.request('Observation?category=vital-signs&_count=5', { pageLimit: 2, flat: true })
    assert.ok(found.length > 5, `${found.length} resources on two pages`)
    for (const o of found) assert.equal(o.subject.reference, `Patient/${patients.underhill}`)
  })
  await t.test('searches in the compartment', async () => {
    const bundle = await client.patient.request('Observation?_count=1')
    assert.equal(bundle.resourceType, 'Bundle')
    assert.equal(bundle.entry.length, 1)
  })
  await t.test('does not reach another patient', async () => {
    await assert.rejects(client.request(`Patient/${patients.lindqvist}`), (e) => e.status === 403 || e.status === 404)
  })
  await t.test('refreshes', async () => {
    const before = client.getState('tokenResponse')
    await client.refresh()
    const after = client.getState('tokenResponse')
    assert.notEqual(after.access_token, before.access_token)
    assert.equal(after.patient, patients.underhill)
    assert.equal(family(await client.patient.read()), 'Underhill')
  })
})

test('standalone, staff pick patient and visit, scopes of SMART 1', async () => {
  const scope = 'launch/patient launch/encounter openid patient/Patient.read patient/Encounter.read'
  const registered = await register({ scope, token_endpoint_auth_method: 'client_secret_basic' })
  const person = new Person(accounts.physician)
  const client = await connect(person, { iss: fhir, scope, clientId: registered.client_id, clientSecret: registered.client_secret },
    { search: '1967-11-23', patient: patients.underhill })
  assert.deepEqual(person.seen, ['login', 'patient-select', 'patient-select', 'encounter-select', 'consent'])
  const visit = await client.encounter.read()
  assert.equal(visit.id, client.encounter.id)
  assert.equal(visit.subject.reference, `Patient/${patients.underhill}`)
})

test('standalone, observations of one category', async () => {
  const category = 'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs'
  const scope = `launch/patient patient/Observation.rs?category=${category}`
  const registered = await register({ scope, token_endpoint_auth_method: 'none' })
  const client = await connect(new Person(accounts.phil), { iss: fhir, scope, clientId: registered.client_id })
  const categories = (o) => o.category.flatMap((c) => c.coding.map((coding) => `${coding.system}|${coding.code}`))
  const found = await client.request('Observation', { flat: true })
  assert.ok(found.length > 0)
  for (const o of found) assert.ok(categories(o).includes(category), categories(o).join())
  const others = await client.request('Observation?category=laboratory', { flat: true })
  assert.deepEqual(others, [])
})

test('standalone, a patient uses a public app', async (t) => {
  const scope = 'launch/patient openid fhirUser offline_access patient/Patient.rs patient/Condition.rs'
  const registered = await register({ scope, token_endpoint_auth_method: 'none' })
  const person = new Person(accounts.phil)
  const options = { iss: fhir, scope, clientId: registered.client_id }

  await t.test('and says no', async () => {
    await assert.rejects(connect(new Person(accounts.phil), options, { deny: true }), /access_denied/)
  })
  const client = await connect(person, options)
  assert.deepEqual(person.seen, ['login', 'consent'], 'a patient picks nobody')
  await t.test('reads the own record', async () => {
    assert.equal(client.patient.id, patients.lindqvist)
    assert.equal(client.user.fhirUser, `Patient/${patients.lindqvist}`)
    assert.equal(family(await client.user.read()), 'Lindqvist')
    const conditions = await client.request('Condition', { flat: true })
    assert.ok(conditions.length > 0)
  })
  await t.test('refreshes without naming itself', async () => {
    await client.refresh()
    assert.equal(family(await client.patient.read()), 'Lindqvist')
  })
})

test('launched from the chart', async (t) => {
  const scope = 'launch openid fhirUser online_access patient/Patient.rs patient/Encounter.rs'
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify'])
  const jwk = async (key) => ({ ...(await crypto.subtle.exportKey('jwk', key)), kid: 'app', alg: 'ES384' })
  const registered = await register({
    scope,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [await jwk(keys.publicKey)] },
    initiate_login_uri: `${app}/launch`,
  })
  await enable(registered.client_id)
  const person = new Person(accounts.physician)
  const options = { scope, clientId: registered.client_id, clientPrivateJwk: await jwk(keys.privateKey) }
  const address = await launch(registered.client_id, 'physician', { patient: patients.underhill })

  const client = await connect(person, options, {}, address)
  await t.test('has the context of the chart', async () => {
    assert.deepEqual(person.seen, ['login', 'consent'])
    assert.equal(client.patient.id, patients.underhill)
    assert.equal(client.getState('tokenResponse.need_patient_banner'), false)
    assert.equal(family(await client.patient.read()), 'Underhill')
  })
  await t.test('a launch is good once', async () => {
    await assert.rejects(connect(person, options, {}, address), /invalid_request/)
  })
})
