// oauth4webapi, OAuth and OpenID Connect request by request, against the authorization server: also what must not work.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test from 'node:test'
import * as oauth from 'oauth4webapi'

import { accounts, app, enable, fhir, issuer } from './demo.mjs'
import { Person } from './person.mjs'

const callback = `${app}/callback`
const as = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer)))

async function register(metadata) {
  const response = await oauth.dynamicClientRegistrationRequest(as, { client_name: 'A client', ...metadata })
  return oauth.processDynamicClientRegistrationResponse(response)
}

/** Asks for a code and returns what the redirect carries, and the verifier. */
async function code(client, person, scope) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const to = new URL(as.authorization_endpoint)
  to.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: callback,
    scope,
    state,
    nonce,
    aud: fhir,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const parameters = oauth.validateAuthResponse(as, client, await person.answer(to), state)
  return { parameters, verifier, nonce }
}

async function redeem(client, authentication, { parameters, verifier, nonce }) {
  const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, callback, verifier)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, response)
  return tokens
}

async function refresh(client, authentication, token) {
  return oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, token))
}

async function introspect(client, authentication, token) {
  return oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, authentication, token))
}

const invalidGrant = { error: 'invalid_grant' }

test('a client with a secret in the form', async (t) => {
  const scope = 'openid fhirUser offline_access user/Patient.rs'
  const client = await register({ scope, redirect_uris: [callback], token_endpoint_auth_method: 'client_secret_post' })
  await enable(client.client_id)
  const secret = oauth.ClientSecretPost(client.client_secret)
  const person = new Person(accounts.admin)
  const signIn = async () => redeem(client, secret, await code(client, person, scope))

  await t.test('goes through every endpoint', async () => {
    const tokens = await signIn()
    const { sub } = oauth.getValidatedIdTokenClaims(tokens)
    const info = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token))
    assert.match(info.fhirUser, /Practitioner\//)

    const next = await refresh(client, secret, tokens.refresh_token)
    assert.equal((await introspect(client, secret, next.access_token)).active, true)
    const found = await oauth.protectedResourceRequest(next.access_token, 'GET', new URL(`${fhir}/Patient?_count=1`))
    assert.equal((await found.json()).resourceType, 'Bundle')

    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, secret, next.access_token))
    assert.equal((await introspect(client, secret, next.access_token)).active, false)
  })
  await t.test('a narrower refresh leaves the rest for later', async () => {
    const tokens = await signIn()
    const response = await oauth.refreshTokenGrantRequest(as, client, secret, tokens.refresh_token, { additionalParameters: { scope: 'openid' } })
    const narrow = await oauth.processRefreshTokenResponse(as, client, response)
    assert.equal(narrow.scope, 'openid')
    assert.equal((await refresh(client, secret, narrow.refresh_token)).scope, tokens.scope)
  })
  await t.test('a wrong verifier uses the code up', async () => {
    const asked = await code(client, person, scope)
    await assert.rejects(redeem(client, secret, { ...asked, verifier: oauth.generateRandomCodeVerifier() }), invalidGrant)
    await assert.rejects(redeem(client, secret, asked), invalidGrant)
  })
  await t.test('a code used twice ends what it gave', async () => {
    const asked = await code(client, person, scope)
    const tokens = await redeem(client, secret, asked)
    await assert.rejects(redeem(client, secret, asked), invalidGrant)
    assert.equal((await introspect(client, secret, tokens.access_token)).active, false)
    await assert.rejects(refresh(client, secret, tokens.refresh_token), invalidGrant)
  })
  await t.test('a refresh token used twice ends the family', async () => {
    const first = await signIn()
    const second = await refresh(client, secret, first.refresh_token)
    await assert.rejects(refresh(client, secret, first.refresh_token), invalidGrant)
    assert.equal((await introspect(client, secret, second.access_token)).active, false)
    await assert.rejects(refresh(client, secret, second.refresh_token), invalidGrant)
  })
  await t.test('a wrong secret is told apart from nothing', async () => {
    const tokens = await signIn()
    for (const authentication of [oauth.ClientSecretPost('wrong'), oauth.None()]) {
      const response = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token)
      assert.equal(response.status, 401)
      assert.equal((await response.json()).error, 'invalid_client')
    }
    await refresh(client, secret, tokens.refresh_token)
  })
})

// SMART Backend Services: https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
for (const alg of ['RS384', 'ES384']) {
  test(`a backend service that signs by ${alg}`, async (t) => {
    const scope = 'system/Patient.rs'
    const { publicKey, privateKey } = await oauth.generateKeyPair(alg, { extractable: true })
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: alg, alg, use: 'sig' }
    const client = await register({ scope, grant_types: ['client_credentials'], token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } })
    const key = { key: privateKey, kid: alg }
    const ask = async (authentication) => {
      const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope })
      return { response: response.clone(), tokens: () => oauth.processClientCredentialsResponse(as, client, response) }
    }
    const refused = async (authentication) => {
      const { response } = await ask(authentication)
      assert.equal((await response.json()).error, 'invalid_client')
    }
    const changed = (change) => oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: (_, claims) => Object.assign(claims, change) })

    await t.test('waits for the administrator', async () => {
      await refused(oauth.PrivateKeyJwt(key))
      await enable(client.client_id)
    })
    for (const [name, authentication] of [['issuer', oauth.PrivateKeyJwt(key)], ['token endpoint', changed({ aud: as.token_endpoint })]]) {
      await t.test(`gets a token for an assertion to the ${name}`, async () => {
        const tokens = await (await ask(authentication)).tokens()
        assert.equal(tokens.scope, scope)
        assert.equal(tokens.refresh_token, undefined)
        assert.ok(tokens.expires_in <= 300)
        const found = await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL(`${fhir}/Patient?_count=1`))
        assert.equal(found.status, 200)
      })
    }
    await t.test('uses an assertion once', async () => {
      const jti = randomUUID()
      await (await ask(changed({ jti }))).tokens()
      await refused(changed({ jti }))
    })
    await t.test('is refused an assertion for another server', () => refused(changed({ aud: 'https://elsewhere.example.org' })))
    await t.test('is refused an assertion that lives too long', () => refused(changed({ exp: Math.floor(Date.now() / 1000) + 3600 })))
    await t.test('is refused the key of another', async () => {
      const other = await oauth.generateKeyPair(alg)
      await refused(oauth.PrivateKeyJwt({ key: other.privateKey, kid: alg }))
    })
  })
}
