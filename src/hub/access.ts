import { refusal } from './refusal.js'
import type { Space } from './stores/space-directory.js'
import type { Store, Visitor } from './stores/store.js'

/** Who asks, as a space sees them. */
export const STANDINGS = ['anonymous', 'outsider', 'reader', 'writer', 'owner'] as const
export type Standing = (typeof STANDINGS)[number]

/**
 * What they ask for. `pull` includes watching; `override` is a push that puts itself in the place of what others hold;
 * `change` is the visibility, `admit` the list of members, `invite` what lets into it, `uninvite` to see what does and to take
 * it back, `audit` the list of what was done,
 * `rule` the merge rule of a kind, `take back` a push that ends what somebody holds.
 */
export type Action =
  | 'pull'
  | 'push'
  | 'override'
  | 'see'
  | 'list members'
  | 'change'
  | 'admit'
  | 'invite'
  | 'uninvite'
  | 'audit'
  | 'rule'
  | 'take back'

/** What they get: 404 as if there were nothing, 401, 403, the thing itself, or the thing made first. */
export type Verdict = 'hidden' | 'sign' | 'forbidden' | 'yes' | 'create'

type Row = readonly [anonymous: Verdict, outsider: Verdict, reader: Verdict, writer: Verdict, owner: Verdict]

/**
 * Who may do what. The first two columns of `missing` and `private` are equal: whoever is not in a private space cannot
 * tell it from none.
 */
export const ACCESS: Readonly<Record<'missing' | Space['visibility'], Readonly<Record<Action, Row>>>> = {
  //                 anonymous    outsider     reader       writer       owner
  missing: {
    pull: /*       */ ['hidden', 'hidden', 'hidden', 'hidden', 'hidden'],
    push: /*       */ ['sign', 'hidden', 'hidden', 'hidden', 'create'],
    override: /*   */ ['sign', 'hidden', 'hidden', 'hidden', 'create'],
    see: /*        */ ['hidden', 'hidden', 'hidden', 'hidden', 'hidden'],
    'list members': ['hidden', 'hidden', 'hidden', 'hidden', 'hidden'],
    change: /*     */ ['sign', 'hidden', 'hidden', 'hidden', 'create'],
    admit: /*      */ ['sign', 'hidden', 'hidden', 'hidden', 'hidden'],
    invite: /*     */ ['sign', 'hidden', 'hidden', 'hidden', 'create'],
    uninvite: /*   */ ['sign', 'hidden', 'hidden', 'hidden', 'hidden'],
    audit: /*      */ ['sign', 'hidden', 'hidden', 'hidden', 'hidden'],
    rule: /*       */ ['sign', 'hidden', 'hidden', 'hidden', 'create'],
    'take back': /**/ ['sign', 'hidden', 'hidden', 'hidden', 'hidden'],
  },
  private: {
    pull: /*       */ ['hidden', 'hidden', 'yes', 'yes', 'yes'],
    push: /*       */ ['sign', 'hidden', 'forbidden', 'yes', 'yes'],
    override: /*   */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    see: /*        */ ['hidden', 'hidden', 'yes', 'yes', 'yes'],
    'list members': ['hidden', 'hidden', 'yes', 'yes', 'yes'],
    change: /*     */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    admit: /*      */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    invite: /*     */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    uninvite: /*   */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    audit: /*      */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    rule: /*       */ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
    'take back': /**/ ['sign', 'hidden', 'forbidden', 'forbidden', 'yes'],
  },
  public: {
    pull: /*       */ ['yes', 'yes', 'yes', 'yes', 'yes'],
    push: /*       */ ['sign', 'forbidden', 'forbidden', 'yes', 'yes'],
    override: /*   */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    see: /*        */ ['yes', 'yes', 'yes', 'yes', 'yes'],
    'list members': ['forbidden', 'forbidden', 'yes', 'yes', 'yes'],
    change: /*     */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    admit: /*      */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    invite: /*     */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    uninvite: /*   */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    audit: /*      */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    rule: /*       */ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
    'take back': /**/ ['sign', 'forbidden', 'forbidden', 'forbidden', 'yes'],
  },
}

/** Where a request wants to go: the names from its path, and the handle that its signature proved. */
export interface Visit {
  readonly owner: string
  readonly slug: string
  /** `null`: not signed. */
  readonly handle: string | null
  /** What the store has told of that handle there a moment ago; left out, or `null`: it is asked. */
  readonly visitor?: Visitor | null
}

/**
 * The space of a visit, if the visitor may do this there.
 *
 * @param making what is to be known where the space has to be made first
 */
export async function enterSpace(
  store: Store,
  visit: Visit,
  action: Action,
  making?: Parameters<Store['createSpace']>[2],
): Promise<Space> {
  return (await assertMay(store, visit, action)) ?? store.createSpace(visit.owner, visit.slug, making)
}

/** Rejects where the visitor may not do this. Makes nothing: `null` where there is no space yet, and may be one. */
export async function assertMay(store: Store, visit: Visit, action: Action): Promise<Space | null> {
  const { owner, slug, handle } = visit
  const { space, role } = visit.visitor ?? (await lookFor(store, visit))
  const standing = standingOf(space, role, visit)
  const verdict = ACCESS[space?.visibility ?? 'missing'][action][STANDINGS.indexOf(standing)]
  if (verdict === 'create' || (verdict === 'yes' && space !== null)) return space
  if (verdict === 'sign') throw refusal('NOT_SIGNED')
  if (verdict === 'forbidden') throw refusal('FORBIDDEN', handle ?? 'Whoever does not sign', PHRASES[action])
  throw refusal('NO_SUCH_THING', `space ${owner}/${slug}`)
}

/** Whether a visitor to a space that was entered may do one thing more. */
export async function mayAlso(store: Store, space: Space, handle: string | null, action: Action): Promise<boolean> {
  const role = handle === null ? null : await store.role(space, handle)
  const standing = standingOf(space, role, { owner: space.owner, handle })
  return ACCESS[space.visibility][action][STANDINGS.indexOf(standing)] === 'yes'
}

async function lookFor(store: Store, { owner, slug, handle }: Visit): Promise<Pick<Visitor, 'space' | 'role'>> {
  if (handle === null) return { space: await store.findSpace(owner, slug), role: null }
  return store.findVisitor(handle, owner, slug)
}

function standingOf(
  space: Space | null,
  role: Visitor['role'],
  { owner, handle }: Pick<Visit, 'owner' | 'handle'>,
): Standing {
  if (handle === null) return 'anonymous'
  if (handle === owner) return 'owner'
  if (space === null || role === null) return 'outsider'
  return role === 'write' ? 'writer' : 'reader'
}

const PHRASES: Readonly<Record<Action, string>> = {
  pull: 'read this space',
  push: 'write into this space',
  override: 'override what others hold in this space',
  see: 'see this space',
  'list members': 'see the members of this space',
  change: 'change this space',
  admit: 'change the members of this space',
  invite: 'invite into this space',
  uninvite: 'see or take back invitations into this space',
  audit: 'see what was done to this space',
  rule: 'change the rules of this space',
  'take back': 'take back what others hold in this space',
}
