import type { DependencyContainer } from '../base/injection.js'
import type { CoordRecord, JsonObject, MergeRule } from '../record/record.js'
import type { SchemaObject, UncheckedPayload } from './schema-types.js'

/**
 * A type of record. Everything the pipelines know about one stands here; they never ask for its name.
 *
 * @typeParam P the payload: the JSON object in a local file
 */
export interface Kind<P extends object = JsonObject> {
  /** Singular, lower case: `reservation`. The name on the wire, and the folder under `remote/`. */
  readonly name: string
  /** Folder under `.muse/coordination/` that holds the local files: `reservations`. */
  readonly directory: string
  /** The payload's field that holds the record id. A payload without it goes by the stem of its file's name. */
  readonly idField: keyof P & string
  /** The payload's field that holds the run id. A payload without it has the run id `''`. */
  readonly runIdField: keyof P & string
  /** JSON Schema 2020-12 of the payload. Other programs write these files too: require little, refuse no extra field. */
  readonly schema: object
  /** The expiry rule: when the record lapses, ISO 8601 with offset or `Z`; `null`: never. */
  expiresAt(payload: P): string | null
  /** What the hub does when the id comes again: keep the first, replace it, or arbitrate who holds it. */
  readonly merge: MergeRule
  /** What a record says, in a line for people, without its id and run. Left out: they see that it is there. */
  describe?(payload: P): string
  /**
   * For kinds in which other records decide when one is over, as a release ends a reservation and a heartbeat extends it.
   * Reads what it needs once, and returns what tells the end of each record: milliseconds since 1970, or `null` for one
   * that never ends. `gc` removes by it. Left out: a record is over when it lapses.
   */
  ends?(records: RecordSource): (record: SeenRecord) => number | null
  /** Whether a file that breaks the schema stays behind. Left out: it travels, and is told with a warning. */
  readonly strict?: boolean
  /**
   * What runs hold by records of this kind: of those that stand, neither ended nor lapsed ones. `status`, `check`,
   * `wait` and `run` serve every kind that has it. Left out: nobody holds anything by it.
   */
  holds?(records: RecordSource): Iterable<Hold>
  /**
   * Where all that {@link holds} makes of a record lies, so that whoever asks about one path reads no others: paths of names apart
   * by `/`, in lower case, each of which is that of something held, lies above it, or is `''`, which lies above everything. Of
   * the payload and the id alone. Left out: it may lie anywhere.
   */
  mayHold?(payload: P, recordId: string): readonly string[]
  /** What runs say they are about to touch by records of this kind, and hold by none of them: the pages of `ui` show it. */
  intends?(records: RecordSource): Iterable<Hold>
  /** Ids of the records of this kind that one waits for: `dag` draws them, `wait` names them. */
  after?(payload: P): readonly string[]
  /** What there is to take by records of this kind: `claim`, `status` and `wait` offer it. */
  open?(records: RecordSource): Iterable<Open>
  /**
   * A text of ASCII by which records of this kind stand in an order, equal ones by their ids: whoever wants the first of many
   * reads no others. Of the payload alone. Left out: they have no order.
   */
  rank?(payload: P): string
  /** The words of {@link state}, in the order in which `status` counts records of a kind that has `open`. */
  readonly states?: readonly string[]
  /**
   * How each record stands; reads what it needs once. `dag` shows it, and `wait` goes on until it is over. Left out: it is
   * `active` until `ends`, or its expiry, says that it is over.
   */
  state?(records: RecordSource): (record: SeenRecord) => RecordState
  /** The sign of life that a record is, for kinds by which runs say that they are alive; `null`: it is none. */
  beats?(payload: P): Beat | null
  /** The record by which a run says goodbye, for kinds that {@link beats} reads. Left out: its signs of life just end. */
  goodbye?(run: Leaving): NewRecord
  /** One payload of several files that bear one record id, in the order of their writing. Left out: the newest counts. */
  combine?(payloads: readonly P[]): P
  /** Whether two holds, the first by this kind, cannot be had by two runs at once. Left out: where they are spelt alike. */
  meet?(own: Hold, other: Hold, where: Meeting): boolean
  /**
   * The record by which one is given back before its end; of a lease the fields that say so. Left out: a lease is given back
   * all the same, and for the others only time ends it.
   */
  giveBack?(record: SeenRecord, how: GivingBack): NewRecord
}

/** A run that says goodbye. */
export interface Leaving {
  readonly runId: string
  /** Now, as records write it. */
  readonly at: string
}

/** What the record that gives another one back is made of. */
export interface GivingBack {
  /** A new record id. */
  readonly id: string
  /** Now, as records write it. */
  readonly at: string
  /** Why, for people; `null`: nothing to be said. */
  readonly reason: string | null
  /** Who takes it from the run that has it; left out: that run gives it back itself. */
  readonly taker?: string
}

/** A record that is to be written. */
export interface NewRecord {
  /** Name of its kind. */
  readonly kind: string
  readonly payload: object
}

/** Where a run works: a working tree on a machine. Two that bear one name in two places are two runs. */
export interface Place {
  /** 16 hex digits, the same for every command in that tree and for nobody else. */
  readonly id: string
  /** The machine's name, for people. */
  readonly machine: string
  /** The name of the working tree's directory, for people. */
  readonly tree: string
  /** The branch that was checked out; `null`: none is known. */
  readonly branch: string | null
}

/** Where two holds meet. */
export interface Meeting {
  /** Whether the file system of the store takes `src/a.ts` and `Src/A.ts` for one file. */
  readonly ignoresCase: boolean
}

/** That a run holds something until a time. */
export interface Hold {
  /** Name of the kind. */
  readonly kind: string
  readonly recordId: string
  /**
   * What is held, in the words that others ask for it: an address, the name of a lock, the id of a task. It is compared as an
   * address is, so that `src/**` meets it, unless there is a title: then it is an id, and only the same meets it.
   */
  readonly what: string
  /** What a person would call it, where `what` is an id: the title of a task. */
  readonly title?: string
  readonly runId: string
  /** The handle that the hub has for its writer; `null`: a record of this workspace, or a hub that names none. */
  readonly author: string | null
  /** When it was taken: milliseconds since 1970; `null`: the record does not tell. */
  readonly since: number | null
  /** When it ends unless it is renewed: milliseconds since 1970; `null`: not before it is given back. */
  readonly until: number | null
  /**
   * The same by what a hub has taken alone: milliseconds since 1970. Past it others may have it, whatever this store knows besides.
   * Left out: nothing else extends it.
   */
  readonly confirmedUntil?: number | null
  /**
   * For how long it is held at a time: milliseconds from one renewal to its end. Left out: of a lease as it was acquired, else since
   * it was taken.
   */
  readonly length?: number
  /** The fencing number of a lease; `null` where there is none. */
  readonly token: number | null
  /** Whether it keeps others out. `false`: it warns. */
  readonly isExclusive: boolean
  /** Where its run works, as far as the record tells. Left out: of a lease where it was acquired. */
  readonly place?: Place | null
  /** What else there is to show of it, as fields of `status --json` and `check --json`. */
  readonly details?: JsonObject
}

/** How a record stands. */
export interface RecordState {
  /** In a word: `active`, `lapsed`, `completed`. */
  readonly state: string
  /** Nothing comes after it: `wait` ends, and `dag` leaves it out. */
  readonly isOver: boolean
  /** What it is about, in a line for people. */
  readonly what: string
  /** The run that has it, or had it last; `''`: none. */
  readonly runId: string
  /** When time alone ends it: milliseconds since 1970; `null`: it does not. */
  readonly until: number | null
  /** Why it will never be over as things stand, as the rest of a sentence: `waits for t1, which has failed`. */
  readonly blocked?: string
  /** What its run left, and what it said had gone wrong. */
  readonly result?: unknown
  readonly error?: string | null
}

/** That something can be taken, or will be. */
export interface Open {
  readonly kind: string
  readonly recordId: string
  /** In a line, for people. */
  readonly what: string
  /** `pending`: can be taken now. `waiting`: for others. `blocked`: for one that will never come as things stand. */
  readonly state: 'pending' | 'waiting' | 'blocked'
}

/** A sign of life of a run. */
export interface Beat {
  readonly runId: string
  /** When it was given: milliseconds since 1970. */
  readonly at: number | null
  /** Until when the run counts as alive without another: milliseconds since 1970; `null`: for good. */
  readonly until: number | null
  /** When it said goodbye by it: milliseconds since 1970; left out or `null`: it goes on. */
  readonly leftAt?: number | null
}

/** A copy of a record in the workspace: its writer's, or what a pull brought. */
export interface SeenCopy extends CoordRecord {
  /** Position in the space; `null` for what is local. */
  readonly id: number | null
  /** The handle that signed the push; `null` for what is local, or where the hub names none. */
  readonly author: string | null
  /** The fencing number of a lease, as the hub gave it. */
  readonly token: number | null
  /** When the hub took it, ISO 8601 by the hub's clock; `null` for what is local, or where the hub does not tell. */
  readonly receivedAt: string | null
}

/** A record as the workspace sees it, with the other copies of its id. */
export interface SeenRecord extends SeenCopy {
  /** Whether it had lapsed when it was read. */
  readonly lapsed: boolean
  /**
   * When it lapses: milliseconds since 1970, `null`: never. A lease that names no end, of a writer that counts no tenures, lapses
   * a day after it came, so that nobody has it for ever: what it had finished says so in its payload.
   */
  readonly lapsesAt: number | null
  readonly shadowed: readonly SeenCopy[]
}

/** Where a kind finds records, its own and those of others. */
export interface RecordSource {
  /** All that stand, lapsed ones too. Throws `KIND_UNKNOWN`. */
  entries(kindName: string): readonly SeenRecord[]
  /** What stands for one record id, whether it is over or not. Throws `KIND_UNKNOWN`. */
  named(kindName: string, recordId: string): SeenRecord | undefined
  /** The same for several, by their ids, read together: of those that are there. Throws `KIND_UNKNOWN`. */
  namedAll(kindName: string, recordIds: readonly string[]): ReadonlyMap<string, SeenRecord>
  /**
   * When a record is over by the word of its kind, whether it is among the {@link entries} or not: milliseconds since 1970,
   * `null`: never, `undefined`: there is none.
   */
  endOf(kindName: string, recordId: string): number | null | undefined
  /**
   * Whether what one record says may end what another one holds. The word of the space's owner may, and that of the same
   * author if it is of the same run, of none, or says that it is `forced`. Where nobody has told an author, all are one.
   */
  mayEnd(record: Spoken, by: Spoken): boolean
  /** Milliseconds since 1970, by the application's clock. */
  readonly now: number
}

/** A record, as the word of somebody. */
export type Spoken = Pick<SeenCopy, 'author' | 'runId' | 'payload'>

/** The DI token of kinds. A global symbol: a plugin may carry its own copy of this package and of tsyringe. */
export const KIND: symbol = Symbol.for('muse-coord.kind')

/** A plugin: handed the application's container, it registers what it brings, as values or factories. */
export type Plugin = (container: DependencyContainer) => void | Promise<void>

/** A kind whose payload is told by its schema, see {@link defineKind}. */
export interface KindOfSchema<Schema extends SchemaObject> extends Kind<UncheckedPayload<Schema>> {
  readonly schema: Schema
}

/**
 * Makes a plugin of one kind: `export default defineKind({ name: 'lock', … })`. Its callbacks know the fields that the schema
 * names, each as `unknown`, for payloads may be anybody's; `defineKind<Lock>({…})` says instead what you take them for.
 */
export function defineKind<P extends object = never>(kind: [P] extends [never] ? never : Kind<NoInfer<P>>): Plugin
export function defineKind<const Schema extends SchemaObject>(kind: KindOfSchema<Schema>): Plugin
export function defineKind(kind: Kind): Plugin {
  return (container) => {
    container.register(KIND, { useValue: kind })
  }
}
