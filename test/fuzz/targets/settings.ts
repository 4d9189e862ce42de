import fs from 'node:fs'
import path from 'node:path'
import { loadIdentity } from '../../../src/auth/identity-file.js'
import { parseHubUrl } from '../../../src/record/hub-url.js'
import { configPath, readConfig } from '../../../src/workspace/config.js'
import { whoami } from '../../../src/workspace/whoami.js'
import { openWorkspace } from '../open-workspace.js'
import { toldOrThrow } from '../promises.js'
import type { Target } from '../target.js'

const HUB = 'http://127.0.0.1:1337'

/** One text as the settings of a repository and as the identities of a home. */
export const settings: Target = {
  name: 'settings',
  seeds: [
    '[hub]\nurl = "https://hub.example.com"\n[coord]\nowner = "ow"\nslug = "sp"\nkeep_finished = "7d"\nplugins = ["./a.mjs"]\n[agents]\nmode = "block"\n',
    '["127.0.0.1:1337"]\nhandle = "ow"\ntype = "agent"\nkey = "keys/ow.pem"\nfingerprint = "ab"\nalgorithm = "ed25519"\n',
    '[plugins.a]\nn = 1\nlist = [1, 2.5, "x", { b = true }]\nwhen = 2026-01-01T00:00:00Z\n',
  ],
  words: [
    '[hub]',
    '[coord]',
    '[agents]',
    'url',
    'owner',
    'slug',
    'plugins',
    '"""',
    "'''",
    '[[',
    ']]',
    '=',
    'inf',
    'nan',
    '0x',
    '\\u',
  ],
  async start(directory) {
    const { session, root } = await openWorkspace(directory, HUB)
    const { repo } = session.workspace
    const env = { HOME: path.join(directory, 'home') }
    const identities = path.join(directory, 'home', '.muse', 'identity.toml')
    return {
      async take(input) {
        for (const file of [configPath(repo), identities]) fs.writeFileSync(file, input)
        told(() => readConfig(repo))
        told(() => loadIdentity(env, parseHubUrl(HUB)))
        told(() => whoami(session.with({ directory: root })))
      },
      async close() {},
    }
  },
}

function told(ask: () => unknown): void {
  try {
    ask()
  } catch (thrown) {
    toldOrThrow(thrown)
  }
}
