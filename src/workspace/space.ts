import { type ConnectOptions, connect } from '../hub-client/connect.js'
import type { MemberView, SpaceView } from '../hub-client/hub-client.js'
import type { Role, Visibility } from '../record/protocol.js'
import { resolveSpace, type TargetOptions } from './target.js'

export interface SpaceOptions extends TargetOptions, ConnectOptions {}

/** A space as its hub shows it. Rejects as the hub client does. */
export function showSpace(options: SpaceOptions): Promise<SpaceView> {
  const target = resolveSpace(options)
  return connect(target, options).space(target.owner, target.slug)
}

/** Changes who may read a space, and makes it where there is none. Rejects with `NO_IDENTITY` and as the hub client does. */
export function setVisibility(options: SpaceOptions & { visibility: Visibility }): Promise<SpaceView> {
  const target = resolveSpace(options)
  return connect(target, options, true).setVisibility(target.owner, target.slug, options.visibility)
}

/** Gives a handle a role in a space; `null` takes it. Rejects with `NO_IDENTITY` and as the hub client does. */
export function setRole(options: SpaceOptions & { handle: string; role: Role | null }): Promise<MemberView> {
  const target = resolveSpace(options)
  return connect(target, options, true).setRole(target.owner, target.slug, options.handle, options.role)
}
