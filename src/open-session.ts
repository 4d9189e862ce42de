import { resolve } from 'node:path'
import { IDENTITIES, type Identities } from './auth/identities.js'
import type { Identity } from './auth/identity-file.js'
import { CLOCK, type Clock } from './base/clock.js'
import { createContainer } from './container.js'
import { STORAGE, type Storage } from './files/storage.js'
import { FETCH } from './hub-client/hub-connector.js'
import type { AnyPlugin } from './kinds/define-plugin.js'
import { Session, type SessionFields } from './workspace/session.js'
import { namesGiven } from './workspace/target.js'

export interface SessionOptions extends Partial<SessionFields> {
  /** Plugins beside the built-in ones, where no container is given. */
  readonly plugins?: readonly (string | AnyPlugin)[]
  /** The time; the container's when left out. */
  readonly clock?: Clock
  /** What requests to hubs go through. */
  readonly fetch?: typeof globalThis.fetch
  /** Where the files of the store lie; this machine's file system when left out. */
  readonly storage?: Storage
  /** Who signs at every hub; `null`: nobody. Left out: who `~/.muse/identity.toml` says. */
  readonly identity?: Identity | null
}

/**
 * What every function of this package works in. What is left out is that of the process: its working directory, its
 * environment, its clock. Any number of sessions live side by side, also on one container.
 */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const { plugins = [], clock, fetch, storage, identity, ...fields } = options
  const directory = resolve(fields.directory ?? '.')
  const env = fields.env ?? process.env
  namesGiven(fields, env)
  const shared = fields.container ?? (await createContainer({ plugins, directory }))
  // The replacements are this session's alone.
  const container = shared.createChildContainer()
  if (clock !== undefined) container.register(CLOCK, { useValue: clock })
  if (fetch !== undefined) container.register(FETCH, { useValue: fetch })
  if (storage !== undefined) container.register(STORAGE, { useValue: storage })
  if (identity !== undefined) container.register<Identities>(IDENTITIES, { useValue: () => identity })
  return new Session({ ...fields, container, directory, env, signal: fields.signal ?? new AbortController().signal })
}
