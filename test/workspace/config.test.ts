import fs from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configPath, readConfig } from '../../src/workspace/config.js'
import { codeOf, temporaryRepo } from './temporary-repo.js'

function read(toml: string | Buffer) {
  const repo = temporaryRepo()
  fs.writeFileSync(configPath(repo), toml)
  return readConfig(repo)
}

const WEEK_SECONDS = 7 * 24 * 3600
const NOTHING = {
  ...{ hubUrl: null, owner: null, slug: null, plugins: [] },
  ...{ keepFinishedSeconds: WEEK_SECONDS, agentMode: 'block', pluginSettings: {} },
}

describe('readConfig', () => {
  it('reads what is ours and leaves alone what is not', () => {
    const toml = `
      title = "a repository"
      [user]
      plugins = 3
      [hub]
      url = "https://hub.example.com"
      token = "of somebody else"
      [coord]
      owner = "007"
      slug = 'my.repo'
      plugins = ["muse-kind-checkpoint", "./kinds/review.js"]
      keep_finished = "36h"
    `
    expect(read(toml)).toEqual({
      hubUrl: 'https://hub.example.com',
      owner: '007',
      slug: 'my.repo',
      plugins: ['muse-kind-checkpoint', './kinds/review.js'],
      pluginSettings: {},
      keepFinishedSeconds: 36 * 3600,
      agentMode: 'block',
    })
  })

  it('finds nothing said where there is no file, or an empty one', () => {
    expect(readConfig(temporaryRepo())).toEqual(NOTHING)
    expect(read('')).toEqual(NOTHING)
    expect(read('\ufeff# only words\n')).toEqual(NOTHING)
  })

  it.each([
    ['[coord]\nslug = "x"\nownr = "g"', 'line 3: [coord] has no key "ownr"; did you mean "owner"?'],
    ['[coord]\nkinds = []', 'line 2: [coord] has no key "kinds".'],
    ['coord.plugin = "x"', 'line 1: [coord] has no key "plugin"; did you mean "plugins"?'],
    ['[user]\nowner = 1\n[coord]\n\nowner = 7', 'line 5: [coord] owner must be text in quotes, got 7.'],
    ['[coord]\nslug = true', 'line 2: [coord] slug must be text in quotes, got true.'],
    ['[hub]\nurl = ["x"]', 'line 2: [hub] url must be text in quotes, got ["x"].'],
    ['[coord]\nplugins = "x"', 'line 2: [coord] plugins must be a list of texts, got "x".'],
    ['[coord]\nplugins = ["x", 1]', 'line 2: [coord] plugins must be a list of texts, got ["x",1].'],
    ['hub = "https://hub.example.com"', 'hub must be a section, [hub].'],
    ['[coord]\nowner = 007', 'line 2, column 9: '],
    ['[coord\nowner = "g"', 'line 1, column '],
  ])('refuses %j and says where', (toml, sentence) => {
    expect(() => read(toml)).toThrow(sentence)
    expect(codeOf(() => read(toml))).toBe('CONFIG_INVALID')
  })

  it('prints nothing of the lines around a fault', () => {
    expect(() => read('secret = "hunter2"\n[coord\n')).toThrow(/^(?![\s\S]*hunter2)/)
  })

  it('refuses a file that is too long, no text or no file', () => {
    expect(codeOf(() => read(`# ${'x'.repeat(1024 * 1024)}`))).toBe('CONFIG_INVALID')
    expect(codeOf(() => read(Buffer.from([0xff, 0xfe, 0x00])))).toBe('CONFIG_INVALID')
    const repo = temporaryRepo()
    fs.mkdirSync(repo.muse.pathOf('config.toml'))
    expect(codeOf(() => readConfig(repo))).toBe('CONFIG_INVALID')
  })
})
