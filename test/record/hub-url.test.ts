import { describe, expect, it } from '@jest/globals'
import { parseHubUrl } from '../../src/record/hub-url.js'
import { codeOf } from '../workspace/temporary-repo.js'

describe('parseHubUrl', () => {
  it.each([
    ['https://Hub.Example.COM', 'https://hub.example.com', 'hub.example.com'],
    ['https://hub.example.com:443/', 'https://hub.example.com', 'hub.example.com'],
    ['http://hub.example.com:80', 'http://hub.example.com', 'hub.example.com'],
    ['https://hub.example.com:80', 'https://hub.example.com:80', 'hub.example.com:80'],
    ['http://127.0.0.1:1337/', 'http://127.0.0.1:1337', '127.0.0.1:1337'],
    ['http://[::1]:1337', 'http://[::1]:1337', '[::1]:1337'],
    ['HTTPS://hub.example.com/team/hub//', 'https://hub.example.com/team/hub', 'hub.example.com'],
  ])('reads %s as %s with the signed host %s', (text, base, host) => {
    const hub = parseHubUrl(text)
    expect(hub).toMatchObject({ base, host })
    expect(hub.origin + hub.pathPrefix).toBe(base)
  })

  it.each([
    'hub.example.com',
    'ftp://hub.example.com',
    'file:///etc/passwd',
    'http:hub.example.com',
    'http://',
    'https://hub.example.com?x=1',
    'https://hub.example.com/#top',
    'https://gabriel:secret@hub.example.com',
    'https://hub.example.com\\@evil.example',
    ' https://hub.example.com',
    'https://hub.exa\nmple.com',
    'https://hub.example.com:99999',
    '',
  ])('refuses %j', (text) => {
    expect(codeOf(() => parseHubUrl(text))).toBe('HUB_URL_INVALID')
  })

  it.each([
    'https://gabriel:sec/ret@hub.example.com',
    'https://gabriel:sec@ret@hub.example.com',
    'gabriel:sec/ret@hub.example.com',
    'https:gabriel:sec/ret@hub.example.com',
    'https:\\\\gabriel:sec/ret@hub.example.com',
    ' ssh+git://gabriel:sec/ret@hub.example.com',
  ])('keeps a password out of its sentence: %j', (text) => {
    expect(() => parseHubUrl(text)).toThrow(/^(?!.*(sec|ret@)).*\*\*\*@hub\.example\.com.*$/)
  })

  it('lets credentials travel over https and to this machine only', () => {
    const safe = ['https://hub.example.com', 'http://localhost:1', 'http://127.0.0.1', 'http://[::1]:8080']
    const unsafe = ['http://hub.example.com', 'http://localhost.example.com', 'http://192.168.0.7:1337']
    expect(safe.filter((url) => !parseHubUrl(url).isSafeForCredentials)).toEqual([])
    expect(unsafe.filter((url) => parseHubUrl(url).isSafeForCredentials)).toEqual([])
  })
})
