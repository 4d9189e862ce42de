import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { pinOfCertificate } from '../../src/auth/certificate-pin.js'
import { systemClock } from '../../src/base/clock.js'
import { ownCertificate } from '../../src/hub/own-certificate.js'
import { startHub } from '../../src/hub.js'
import { cleanUp } from '../support/clean-up.js'
import { startExecutable } from '../support/run-executable.js'
import { startHub as startHubWithKeys } from '../support/start-hub.js'

const temporary = () => {
  const place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'muse-reload-')))
  cleanUp(() => fs.rmSync(place, { recursive: true, force: true }))
  return place
}

const certificateFor = (name: string) => ownCertificate(temporary(), { names: [name], clock: systemClock })

/** Files of a certificate, and how another one is put in their place. */
async function files() {
  const [first, second] = [await certificateFor('first.test'), await certificateFor('second.test')]
  const place = temporary()
  const tls = { certFile: path.join(place, 'cert.pem'), keyFile: path.join(place, 'key.pem') }
  const put = ({ certFile, keyFile }: typeof tls) => {
    fs.copyFileSync(certFile, tls.certFile)
    fs.copyFileSync(keyFile, tls.keyFile)
  }
  put(first)
  return { first, second, tls, put }
}

/** Opens a connection, and says what certificate is shown on it. */
async function opened(url: string) {
  const { hostname: host, port } = new URL(url)
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false })
  cleanUp(() => socket.destroy())
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const certificate = socket.getPeerX509Certificate()
  return { socket, shown: certificate && pinOfCertificate(certificate) }
}

/** Sends the rest of a request, or a whole one, and resolves with the status of the answer. */
async function statusOf(socket: TLSSocket, text: string): Promise<string | undefined> {
  const answered = new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk) => resolve(chunk.toString()))
    socket.once('close', () => reject(new Error('closed')))
  })
  socket.write(text)
  return /^HTTP\/1\.1 (\d+)/.exec(await answered)?.[1]
}

const WHOLE = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'

describe('a certificate that is put in the place of another', () => {
  it('is shown from the next connection on, and connections that are open live on', async () => {
    const { first, second, tls, put } = await files()
    const hub = await startHub({ store: temporary(), tls })
    cleanUp(hub.stop)
    const [idle, between] = [await opened(hub.url), await opened(hub.url)]
    expect([idle.shown, between.shown]).toEqual([first.pin, first.pin])
    expect(await statusOf(idle.socket, WHOLE)).toBe('200')
    between.socket.write(WHOLE.slice(0, 10))
    put(second)
    expect(await hub.reloadCertificate()).toBeGreaterThan(Date.now())
    expect((await opened(hub.url)).shown).toBe(second.pin)
    expect(await statusOf(idle.socket, WHOLE)).toBe('200')
    expect(await statusOf(between.socket, WHOLE.slice(10))).toBe('200')
  })

  it.each([
    ['is no certificate', (tls: { certFile: string }) => fs.writeFileSync(tls.certFile, 'no PEM')],
    ['is missing', (tls: { certFile: string }) => fs.rmSync(tls.certFile)],
    [
      'has the key of another',
      (_: unknown, other: string, tls: { keyFile: string }) => fs.copyFileSync(other, tls.keyFile),
    ],
  ])('is left where it is when it %s', async (_, breakIt) => {
    const { first, second, tls, put } = await files()
    const hub = await startHub({ store: temporary(), tls })
    cleanUp(hub.stop)
    breakIt(tls, second.keyFile, tls)
    await expect(hub.reloadCertificate()).rejects.toMatchObject({ code: 'TLS_FAILED' })
    expect((await opened(hub.url)).shown).toBe(first.pin)
    put(second)
    await hub.reloadCertificate()
    expect((await opened(hub.url)).shown).toBe(second.pin)
  })

  it('takes signatures for its names, and no more for those of the one before', async () => {
    const { second, tls, put } = await files()
    const hub = await startHubWithKeys({ tls })
    cleanUp(hub.close)
    const signer = await hub.register('ada')
    const statusFor = async (name: string) => {
      const host = `${name}:${new URL(hub.url).port}`
      const target = '/ada/none/coord/pull?since_id=0'
      const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${signer.authorize(target, { host })}\r\n\r\n`
      return statusOf((await opened(hub.url)).socket, head)
    }
    expect([await statusFor('first.test'), await statusFor('second.test')]).toEqual(['404', '401'])
    put(second)
    await hub.reloadCertificate()
    expect([await statusFor('first.test'), await statusFor('second.test')]).toEqual(['401', '404'])
  })

  it('is nothing to a hub without one', async () => {
    const hub = await startHub({ store: temporary() })
    cleanUp(hub.stop)
    expect(await hub.reloadCertificate()).toBeNull()
  })
})

const describeWithSignals = process.platform === 'win32' ? describe.skip : describe

describeWithSignals('hub serve on SIGHUP', () => {
  it('reads its certificate anew, says on stderr what it could not use, and serves on', async () => {
    const { second, tls, put } = await files()
    const place = { root: temporary(), env: { HOME: temporary(), PATH: process.env.PATH ?? '' } }
    const flags = ['--port', '0', '--tls-cert', tls.certFile, '--tls-key', tls.keyFile]
    const { child, ended } = startExecutable(place, ['hub', 'serve', ...flags])
    const said = (pattern: RegExp, stream: 'stdout' | 'stderr') =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        let text = ''
        child[stream].on('data', (chunk) => {
          text += chunk
          const found = pattern.exec(text)
          if (found) resolve(found)
        })
        child.once('close', () => reject(new Error(`the hub ended: ${text}`)))
      })
    const [, url = ''] = await said(/listening on (https:\S+)/, 'stdout')
    fs.writeFileSync(tls.certFile, 'no PEM')
    const isRefused = said(
      /goes on with the certificate that it has: .*cert\.pem.* Give two readable PEM files/,
      'stderr',
    )
    child.kill('SIGHUP')
    await isRefused
    put(second)
    const isRead = said(/read anew; it is valid until 20/, 'stderr')
    child.kill('SIGHUP')
    await isRead
    expect((await opened(url)).shown).toBe(second.pin)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ exitCode: 0 })
  })
})
