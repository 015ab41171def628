// openid-client, a certified OpenID Connect relying party, against the authorization server.
import assert from 'node:assert/strict'
import test from 'node:test'
import * as oidc from 'openid-client'

import { accounts, app, enable, fhir, issuer, patients } from './demo.mjs'
import { Person } from './person.mjs'

const callback = `${app}/callback`

/** Registers, with signatures of ID tokens checked although they come by TLS. */
async function register(metadata, authentication) {
  const config = await oidc.dynamicClientRegistration(
    new URL(issuer),
    { client_name: 'A relying party', redirect_uris: [callback], ...metadata },
    authentication,
    { algorithm: 'oidc', execute: [oidc.enableNonRepudiationChecks] },
  )
  return config
}

/** One sign-in: authorization code with PKCE, state and nonce. */
async function signIn(config, person, scope, wishes) {
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const to = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope,
    state,
    nonce,
    aud: fhir,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const back = await person.answer(to, wishes)
  return oidc.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })
}

test('an app of staff with a secret', async (t) => {
  const scope = 'openid fhirUser profile email offline_access user/Patient.rs user/Observation.rs'
  const config = await register({ scope, token_endpoint_auth_method: 'client_secret_basic', post_logout_redirect_uris: [`${app}/bye`] },
    oidc.ClientSecretBasic())
  const { client_id } = config.clientMetadata()
  const person = new Person(accounts.physician)
  const search = (type, tokens) => oidc.fetchProtectedResource(config, tokens.access_token, new URL(`${fhir}/${type}?_count=1`), 'GET')

  await t.test('waits for the administrator', async () => {
    await assert.rejects(signIn(config, person, scope), /answers 40\d/)
    await enable(client_id)
  })

  let tokens
  await t.test('signs in', async () => {
    tokens = await signIn(config, person, scope, { untick: ['user/Observation.rs'] })
    assert.deepEqual(person.seen, ['login', 'consent'])
    assert.equal(tokens.claims().iss, issuer)
    assert.match(tokens.claims().fhirUser, /\/Practitioner\/|^Practitioner\//)
    const granted = tokens.scope.split(' ')
    assert.ok(granted.includes('user/Patient.rs') && !granted.includes('user/Observation.rs'), tokens.scope)
  })
  await t.test('learns who it is', async () => {
    const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
    assert.equal(info.fhirUser, tokens.claims().fhirUser)
    assert.equal(info.given_name, 'Petra')
  })
  await t.test('reaches what was ticked and nothing else', async () => {
    assert.equal((await search('Patient', tokens)).status, 200)
    await assert.rejects(search('Observation', tokens), (e) => e.status === 403 && e.cause[0].parameters.error === 'insufficient_scope')
  })
  await t.test('refreshes', async () => {
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token)
    assert.notEqual(next.refresh_token, tokens.refresh_token)
    assert.equal(next.scope, tokens.scope)
    tokens = Object.assign(next, { id_token: next.id_token ?? tokens.id_token })
  })
  await t.test('introspects', async () => {
    const told = await oidc.tokenIntrospection(config, tokens.access_token)
    assert.equal(told.active, true)
    assert.equal(told.client_id, client_id)
    assert.equal(told.scope, tokens.scope)
  })
  await t.test('revokes', async () => {
    await oidc.tokenRevocation(config, tokens.refresh_token)
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false)
    await assert.rejects(search('Patient', tokens), { name: 'WWWAuthenticateChallengeError', status: 401 })
  })
  await t.test('signs out', async () => {
    const to = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${app}/bye`, state: 'a-state-to-return' })
    const response = await person.open(to)
    assert.equal(response.headers.get('location'), `${app}/bye?state=a-state-to-return`)
    await signIn(config, person, scope)
    assert.equal(person.seen[0], 'login', 'the session has ended')
  })
})

test('an app of patients without a secret, ID tokens by ES384', async (t) => {
  const scope = 'openid fhirUser launch/patient patient/Patient.r'
  const config = await register({ scope, token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES384' }, oidc.None())
  const person = new Person(accounts.phil)

  await t.test('is live at once', async () => {
    const tokens = await signIn(config, person, scope)
    assert.equal(tokens.patient, patients.lindqvist)
    assert.equal(tokens.refresh_token, undefined, 'it did not ask to stay connected')
    assert.match(tokens.claims().fhirUser, new RegExp(`Patient/${patients.lindqvist}$`))
    const mine = await oidc.fetchProtectedResource(config, tokens.access_token, new URL(`${fhir}/Patient/${tokens.patient}`), 'GET')
    assert.equal((await mine.json()).id, patients.lindqvist)
  })
  await t.test('is remembered', async () => {
    await signIn(config, person, scope)
    assert.deepEqual(person.seen, [], 'signed in and agreed before')
  })
  await t.test('is told of a no', async () => {
    const other = new Person(accounts.phil)
    const more = await register({ scope, token_endpoint_auth_method: 'none' }, oidc.None())
    await assert.rejects(signIn(more, other, scope, { deny: true }), { error: 'access_denied' })
  })
})

test('an app that signs assertions', async () => {
  const { publicKey, privateKey } = await oidcKey()
  const scope = 'openid launch/patient offline_access patient/Patient.r'
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'one', alg: 'ES384', use: 'sig' }
  const config = await register({ scope, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } },
    oidc.PrivateKeyJwt({ key: privateKey, kid: 'one' }))
  const tokens = await signIn(config, new Person(accounts.phil), scope)
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token)
  assert.equal((await oidc.tokenIntrospection(config, next.access_token)).active, true)
  await oidc.tokenRevocation(config, next.access_token)
  assert.equal((await oidc.tokenIntrospection(config, next.access_token)).active, false)
})

const oidcKey = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign', 'verify'])
