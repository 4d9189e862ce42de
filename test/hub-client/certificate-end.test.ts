import { X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, it } from '@jest/globals'
import { certificateEnd } from '../../src/hub-client/certificate-end.js'
import { cleanUp } from '../support/clean-up.js'

const fixture = (name: string) => fs.readFileSync(path.join(import.meta.dirname, '../fixtures/tls', name))

it('tells until when the certificate of an address is good, believed or not', async () => {
  const server = createServer({ cert: fixture('cert.pem'), key: fixture('key.pem') })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { validTo } = new X509Certificate(fixture('cert.pem'))
  expect(await certificateEnd(`https://127.0.0.1:${port}`)).toBe(Date.parse(validTo))
})

it('tells nothing where nobody answers', async () => {
  expect(await certificateEnd('https://127.0.0.1:9')).toBeNull()
})
