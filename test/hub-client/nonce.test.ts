import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { register, rotateKey } from '../../src/index.js'
import { answer, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'

/** What a request to another hub would be signed with. */
const ANOTHER_TEXT = Buffer.from('ed25519\nPOST\nhub.example\n/a/b/coord/push\n1745280000\nsha256:00').toString('hex')

describe('a hub that asks for a signature over something that is no nonce', () => {
  it.each([
    ['31 bytes', '00'.repeat(31)],
    ['33 bytes', '00'.repeat(33)],
    ['the text of a request', ANOTHER_TEXT],
    ['32 letters', 'x'.repeat(64)],
  ])('%s gets none', async (_, nonce) => {
    const hub = await startFaultyHub(answer(200, { nonce_hex: nonce, expires_in: 300, handle: 'gabriel' }))
    const { privateKey } = generateKeyPairSync('ed25519')
    const { session } = await createMachine({ hub: hub.url, signer: { handle: 'gabriel', privateKey } })
    await expect(register(session)).rejects.toMatchObject({ code: 'HUB_ANSWER' })
    await expect(rotateKey(session)).rejects.toMatchObject({ code: 'HUB_ANSWER' })
    expect(hub.requests.map(({ target }) => target)).toEqual(['/api/auth/challenge', '/api/auth/challenge'])
  })
})
