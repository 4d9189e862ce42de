import { describe, expect, it } from '@jest/globals'
import { asCoordError } from '../../src/base/errors.js'

function systemError(code: string, more: object = {}): Error {
  return Object.assign(new Error(`${code}: what it says`), { code, syscall: 'open', ...more })
}

describe('an error that nobody expected', () => {
  it.each(['EIO', 'EACCES', 'EMFILE', 'ENOSPC', 'EROFS'])('that is %s of a file is one of the machine', (code) => {
    expect(asCoordError(systemError(code, { path: '/repo/a.ts' }))).toMatchObject({
      code: 'FILE_FAILED',
      message: `/repo/a.ts: ${code}: what it says`,
    })
  })

  it.each([
    ['EROFS', '/repo/.muse/coordination/reservations/a.json', 'Make /repo/.muse a writable root'],
    ['EPERM', '/repo/.muse', 'Make /repo/.muse a writable root'],
    ['ENOSPC', '/repo/.muse/coordination/reservations/a.json', 'Check the free space'],
    ['EACCES', '/repo/.museum/a.json', 'Check the free space'],
    ['EACCES', '/home/ada/.muse/keys/a.pem', 'Check the free space'],
    ['EACCES', '/home/ada/.muse/identity.toml', 'Check the free space'],
  ])('%s of %s names its cure', (code, path, cure) => {
    expect(asCoordError(systemError(code, { path })).hint).toContain(cure)
  })

  it('of a store that could not be made opens none', () => {
    const error = new Error("EACCES: permission denied, mkdir '/home/ada/.muse'")
    const thrown = Object.assign(error, { code: 'EACCES', syscall: 'mkdir', path: '/home/ada/.muse' })
    expect(asCoordError(thrown).hint).toContain('Check the free space')
  })

  it('of an open file tells the call, as the system names no path', () => {
    expect(asCoordError(systemError('EIO', { syscall: 'close' })).message).toBe('close: EIO: what it says')
  })

  it.each([
    ['of a file that is not there', systemError('ENOENT', { path: '/repo/a.ts' })],
    ['of a network', systemError('EACCES', { syscall: 'connect', address: '127.0.0.1' })],
    ['of this program', new TypeError('x is not a function')],
  ])('%s is a fault of this program', (_name, error) => {
    expect(asCoordError(error)).toMatchObject({ code: 'INTERNAL', cause: error })
  })
})
