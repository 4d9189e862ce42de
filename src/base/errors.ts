import { quote } from './quote.js'
import { shellWord } from './shell-word.js'

/** Every error of the program: one row of one table, with a code, a sentence that holds the value, and a cure. */

/** What an error means to a caller: how the process ends, and what a hub answers. The word is part of the JSON. */
const STATUSES = {
  bad_args: { exitCode: 1, httpStatus: 400 },
  bad_config: { exitCode: 1, httpStatus: 500 },
  bad_plugin: { exitCode: 1, httpStatus: 500 },
  untrusted: { exitCode: 1, httpStatus: 403 },
  no_hub_url: { exitCode: 1, httpStatus: 400 },
  no_identity: { exitCode: 1, httpStatus: 401 },
  hub_error: { exitCode: 1, httpStatus: 502 },
  unauthorized: { exitCode: 1, httpStatus: 401 },
  signature_used: { exitCode: 1, httpStatus: 401 },
  forbidden: { exitCode: 1, httpStatus: 403 },
  too_large: { exitCode: 1, httpStatus: 413 },
  unsupported: { exitCode: 1, httpStatus: 415 },
  rate_limited: { exitCode: 1, httpStatus: 429 },
  cursor_ahead: { exitCode: 1, httpStatus: 409 },
  conflict: { exitCode: 1, httpStatus: 409 },
  namesake: { exitCode: 6, httpStatus: 409 },
  unavailable: { exitCode: 1, httpStatus: 503 },
  local_files: { exitCode: 1, httpStatus: 500 },
  interrupted: { exitCode: 130, httpStatus: 499 },
  not_a_repo: { exitCode: 2, httpStatus: 400 },
  plugin_fault: { exitCode: 3, httpStatus: 500 },
  internal: { exitCode: 3, httpStatus: 500 },
  not_found: { exitCode: 4, httpStatus: 404 },
  held: { exitCode: 6, httpStatus: 409 },
  lease_lost: { exitCode: 7, httpStatus: 409 },
  timed_out: { exitCode: 8, httpStatus: 504 },
} as const

/** The word in `{"status": …}` of a JSON error. */
export type Status = keyof typeof STATUSES

/** What an error consists of. */
export interface ErrorFields {
  /** Stable name: `KIND_UNKNOWN`. */
  code: string
  status: Status
  /** One sentence, with the value that was wrong. */
  message: string
  /** What to do about it. */
  hint: string
}

const BRAND: symbol = Symbol.for('muse-coord.error')

/** The one error class. Whatever else is thrown is a fault of this program. */
export class CoordError extends Error {
  /** True of errors that another copy of this package made, too: a plugin may carry its own. */
  static override [Symbol.hasInstance](candidate: unknown): boolean {
    return typeof candidate === 'object' && candidate !== null && BRAND in candidate
  }

  readonly [BRAND] = true
  readonly code: string
  readonly status: Status
  readonly hint: string

  constructor(fields: ErrorFields, options?: ErrorOptions) {
    super(fields.message, options)
    this.name = 'CoordError'
    this.code = fields.code
    this.status = fields.status
    this.hint = fields.hint
  }

  get exitCode(): number {
    return STATUSES[this.status].exitCode
  }

  get httpStatus(): number {
    return STATUSES[this.status].httpStatus
  }
}

type Row<Values extends readonly unknown[]> = {
  status: Status
  message: (...values: Values) => string
  /** A function where the cure depends on what was wrong. */
  hint: string | ((...values: Values) => string)
}

function row<Values extends readonly unknown[]>(
  status: Status,
  message: (...values: Values) => string,
  hint: Row<Values>['hint'],
): Row<Values> {
  return { status, message, hint }
}

const UNCONFIRMED_CURE =
  'Try again when the hub answers, or work provisionally with --offline; `muse-coord sync push` then tells whether another run has it.'

/** What a system answers to those who may not write, or not even look; and the directory of a store in a path, which is none of identities. */
const NOT_ALLOWED = /\b(EACCES|EPERM|EROFS)\b/
const STORE = /^.*?[/\\]\.muse(?=[/\\](?!keys|identity\.toml|pins\.toml|workspaces\.toml)|$)/

/** What is there, and is no file or directory to be read, whatever the permissions. */
const NOT_READ = /symbolic link|no regular file|no directory|is over \d/

/** A sandbox leaves its agent the working tree, and the store of a linked one lies elsewhere. */
function fileCure(path: string, problem: string): string {
  if (NOT_READ.test(problem))
    return `Look at what it is, and move it away: \`mv ${shellWord(path)} ${shellWord(`${path}.aside`)}\`.`
  const [store] = STORE.exec(path) ?? []
  // Where it could not be made there is nothing to be opened.
  const isMissing = path === store && problem.includes('mkdir')
  if (!NOT_ALLOWED.test(problem) || store === undefined || isMissing) {
    return 'Check the free space and the permissions, then run the command again; what was done before stays done.'
  }
  return `A sandbox, or its permissions, keep this program from the store. Make ${store} a writable root of the sandbox (\`muse-coord setup\` says how for each agent program), or have its owner open it to the users of a group: \`chmod -R g+rwX ${shellWord(store)} && find ${shellWord(store)} -type d -exec chmod g+s {} +\`.`
}

/** What a sentence is about that says `The reservation r1`, or an address from the top of the tree, as a word of a shell. */
function idIn(what: string): string {
  const [, id] = /^The \S+ (\S+)$/.exec(what) ?? []
  const word = id ?? `:/${what}`
  if (word.startsWith('-')) return `-- ${word}`
  return shellWord(word)
}

function waitCommand(what: string): string {
  return `muse-coord wait ${idIn(what)}`
}

/** A hub tells strangers nothing of a space, so the cure goes by who asked. */
function hiddenCure(space: string, handle: string | null, hub: string): string {
  const [owner, slug] = space.split('/')
  if (handle === null)
    return `Make a key and tell the hub of it: \`muse-coord auth keygen --hub ${hub} --handle NAME\`, then \`muse-coord auth register --hub ${hub}\`.`
  if (handle === owner) return 'It is yours to make: `muse-coord sync push` does.'
  return `Have ${owner} let you in: \`muse-coord space grant ${handle} --owner ${owner} --slug ${slug}\`. If the space is another, name it with --owner and --slug.`
}

/** Flags that name the space, which settings may name too. */
const SPACE_FLAGS: ReadonlySet<string> = new Set(['--owner', '--slug'])

/** The table. Values arrive ready to print: what comes from outside goes through `quote` first. */
// biome-ignore format: a table, one row a line
const ERRORS = {
  // Command line
  COMMAND_UNKNOWN: row('bad_args', (name: string, nearest: string, _leftOut: string) => `There is no command "${name}"${nearest ? `; did you mean "${nearest}"?` : '.'}`, (_name: string, _nearest: string, leftOut: string) => `Run \`muse-coord help\` for the list.${leftOut && ` ${leftOut}`}`),
  COMMAND_INVALID: row('bad_plugin', (name: string, problem: string) => `The command ${name} of a plugin cannot be used: ${problem}.`, 'Correct the plugin; plugins/README.md of this package shows one, and its types describe each field.'),
  DEMO_FAILED: row('internal', (command: string, problem: string) => `The demo’s step \`${command}\` failed: ${problem}`, 'Run that command by itself for its own error.'),
  OPTION_INVALID: row('bad_plugin', (flag: string, command: string) => `A plugin brings the flag ${flag} to "${command}", which has it already, or which is none.`, 'Rename it in the plugin; an option is {flag: "--deep" or "--lock <id>", description}.'),
  COMMAND_TAKEN: row('bad_plugin', (name: string) => `The command "${name}" is registered twice.`, 'Remove one of the two plugins, or rename the command in the one that is yours.'),
  COMMAND_NOT_STARTED: row('bad_args', (program: string, problem: string) => `The command ${program} cannot be started: ${problem}`, 'Check its name and PATH; nothing is held any more.'),
  FLAG_UNKNOWN: row('bad_args', (flag: string, nearest: string) => `There is no flag ${flag}${nearest ? `; did you mean ${nearest}?` : '.'}`, 'Run `muse-coord help COMMAND` for its flags.'),
  FLAG_MISSING: row('bad_args', (flag: string) => `${flag} is missing.`, (flag) => (SPACE_FLAGS.has(flag) ? `Give it, or set it for good: \`muse-coord init ${flag} NAME\`.` : 'Give it; `muse-coord help COMMAND` says what it is for.')),
  FLAG_VALUE: row('bad_args', (flag: string, value: string, wanted: string) => `${flag} must be ${wanted}, got ${value}`, 'Run `muse-coord help COMMAND` for what its flags take.'),
  ARGUMENTS: row('bad_args', (problem: string) => problem, 'Run `muse-coord help COMMAND` for its arguments.'),
  RUN_UNNAMED: row('bad_args', () => 'Which run this is for is not known: run_id is missing.', 'Give run_id: the name that the start of your session told you, else one that you choose and keep.'),
  TOOL_INPUT: row('bad_args', (tool: string, problem: string) => `${tool} cannot be called like this: ${problem}.`, 'Correct the argument; the schema of the tool describes each.'),
  RUN_ID_MISSING: row('bad_args', () => 'Which run this is for is not known: --run-id is missing.', 'Give --run-id NAME, or set MUSE_COORD_RUN_ID; `muse-coord whoami` tells which one counts.'),
  ADDRESS_INVALID: row('bad_args', (address: string, problem: string, _cure: string) => `The address ${address} ${problem}.`, (_address, _problem, cure) => cure),
  ADDRESS_OUTSIDE: row('bad_args', (address: string, tree: string) => `The address ${address} lies outside of ${tree} and of the repository's other working trees.`, 'Name a path inside of the repository; a path counts from the working directory, :/ is its top.'),
  NAME_INVALID: row('bad_args', (flag: string, value: string) => `${flag} must be 1–256 characters of A-Za-z0-9._- beginning with a letter or digit, got ${quote(value)}${value.length > 256 ? ` (${value.length} characters)` : ''}`, 'Use the name as it stands in the address of the space: owner/slug.'),
  HUB_URL_MISSING: row('no_hub_url', () => 'No hub URL is known.', 'Name it for good with `muse-coord init --hub URL`, or for one command with --hub URL.'),
  HUB_URL_INVALID: row('bad_args', (url: string) => `The hub URL ${url} is not a plain http:// or https:// address.`, 'Use for example https://hub.example.com or http://127.0.0.1:1337.'),

  // Agent programs
  AGENT_UNKNOWN: row('bad_args', (name: string, nearest: string) => `There is no agent program ${name}; did you mean ${nearest}?`, 'Run `muse-coord setup --help` for those that are known; a plugin may bring another.'),
  AGENTS_MISSING: row('not_found', (known: string) => `No agent program was found on the path; known are: ${known}.`, 'Name those that are to be set up: `muse-coord setup claude`.'),
  NOT_ON_PATH: row('bad_args', () => 'muse-coord is not on the path of a shell, so a hook in the repository could not call it.', 'Run `npm install -g muse-coord`, or set up this user alone with `muse-coord setup --scope user`.'),
  HOOK_INPUT: row('bad_args', (program: string, fault: string) => `What ${program} sent to its hook ${fault}.`, 'Update muse-coord; it may not know this version of the program yet.'),
  HOOK_LATE: row('timed_out', (milliseconds: number) => `The workspace did not answer within ${milliseconds} ms.`, 'Run `muse-coord status` by itself; `muse-coord gc` makes a large workspace smaller.'),

  // Repository and local files
  NOT_A_REPO: row('not_a_repo', (directory: string) => `${directory} is not inside a Muse repository: no .muse/ here or above.`, 'Run `muse-coord init`, go into the repository, or name it with MUSE_REPO_ROOT.'),
  STORE_UNTRUSTED: row('untrusted', (root: string, fault: string) => `The workspace ${root} is not believed: its .muse/ ${fault}.`, (root, fault) => `${fault.includes('everybody') ? `Close it: chmod o-w ${shellWord(`${root}/.muse`)}. Or, if` : 'If'} you know whose it is, run \`muse-coord trust\` in it; \`muse-coord init --nested\` makes one of your own below it.`),
  SETTINGS_UNTRUSTED: row('untrusted', (file: string, hub: string, space: string) => `${file} came with git and names ${hub === '' ? 'a space' : `the hub ${hub} and the space`} ${space}, which you have not trusted here: nothing is signed for it and nothing fetched.`, 'If you know them, run `muse-coord trust`; `muse-coord init --hub URL --owner NAME --slug NAME` names others, and so do flags for one command.'),
  DIRECTORY_MISSING: row('not_a_repo', (directory: string) => `The directory ${directory} is not there (any more).`, 'Go to one that is, with `cd`, or name it with -C DIR.'),
  CONFIG_INVALID: row('bad_config', (file: string, problem: string) => `${file}: ${problem}`, 'Correct the file; `muse-coord init` in an empty directory shows a commented one.'),
  WORKSPACES_INVALID: row('bad_config', (file: string, problem: string) => `${file}: ${problem}.`, 'Correct the file, or move it away: what was trusted is asked for again then.'),
  LINK_REFUSED: row('local_files', (path: string) => `${path} is a symbolic link, and links are not followed here.`, 'Replace the link by a real directory or file.'),
  PATH_OUTSIDE: row('local_files', (name: string, folder: string) => `${name} names nothing inside of ${folder}.`, 'Use a plain name without "..", and no absolute path.'),
  RECORD_ID_UNSAFE: row(
    'bad_args',
    (id: string) => `${id} cannot be the id of a record: it must be 1–128 characters of A-Za-z0-9_-:`,
    'Choose an id of these characters only; it becomes the name of a file on every machine.',
  ),
  FILE_LOCKED: row(
    'local_files',
    (lock: string, holder: string) => `${lock} is held by ${holder}.`,
    'Run the command again once that process has ended. If it ended without removing the file, as when its container or machine stopped, `rm` the file first.',
  ),
  FILE_FAILED: row('local_files', (path: string, problem: string) => (problem.startsWith(path) ? problem : `${path}: ${problem}`), fileCure),
  HOLDS_UNKNOWN: row('local_files', (path: string, problem: string) => `${path} ${problem}, and may hold what is asked for.`, (path) => `Mend the file, or move it away: \`mv ${shellWord(path)} ${shellWord(`${path}.broken`)}\`.`),

  // Records, as verbs meet them
  RECORD_REFUSED: row('bad_args', (kind: string, fault: string) => `This ${kind} could not travel, so it is not written: ${fault}.`, 'Nothing was written; `muse-coord help COMMAND` says what each flag takes.'),
  RECORD_UNKNOWN: row('not_found', (what: string, id: string, nearest: string) => `There is no ${what} ${id}${nearest && `; the nearest: ${nearest}`}.`, 'See `muse-coord status` for what there is; what other machines wrote comes with `muse-coord sync pull`.'),
  RECORD_AMBIGUOUS: row('bad_args', (id: string, matches: string) => `${id} is the beginning of several ids: ${matches}.`, 'Give more of the id.'),
  RECORD_HELD: row('held', (what: string, runId: string, until: string, _cure?: string) => `${what} is held by the run ${runId}, ${until}.`, (what, _runId, _until, cure = `Wait until then: \`${waitCommand(what)}\`; \`muse-coord status\` says whether that run lives.`) => cure),
  NAMESAKE: row('namesake', (runId: string, place: string) => `Another run is called ${runId}: it works in ${place}.`, 'Choose another --run-id. If it is this very run, which goes on here now, give --resume.'),
  NAMESAKE_OF_ANOTHER: row('namesake', (runId: string, author: string) => `Another run is called ${runId}: it is ${author}’s.`, 'Choose another --run-id.'),
  RECORD_NOT_YOURS: row('held', (what: string, author: string, owner: string) => `${what} is ${author}’s: only ${author}${owner === author ? '' : `, or ${owner}`}, who owns the space, can end it.`, (what, author, owner) => `Wait until it ends: \`${waitCommand(what)}\`; or ask ${owner === author ? owner : 'one of them'}.`),
  HOLD_UNENDED: row('held', (what: string) => `The ${what} cannot be taken back: its kind knows no record that ends it, so only time does.`, 'See until when with `muse-coord status`; a plugin ends what its kind holds by `giveBack`.'),
  RUN_ALIVE: row('held', (what: string, runId: string, state: string, until: string) => `${what} is held by the run ${runId}, which is ${state}, ${until}.`, (what) => `Wait until it ends: \`${waitCommand(what)}\`. Force takes from a run that is late or gone; the owner of the space may take at once.`),
  RECORD_BLOCKED: row('not_found', (what: string, why: string) => `The ${what} will never be over as things stand: it ${why}.`, 'See `muse-coord dag` for what waits for what; write what failed anew, and what depends on it.'),
  RECORD_CHANGED: row('held', (what: string) => `${what} was changed by another process meanwhile.`, 'Run the command again; it starts from what stands now.'),
  LEASE_LOST: row('lease_lost', (what: string, runId: string, now: string) => `The run ${runId} has lost ${what}${now && `: ${now}`}.`, 'Stop the work on it, for another run may be at it; `muse-coord status` shows who has what.'),
  LEASE_CLOSED: row('lease_lost', (what: string, runId: string, until: string) => `${what} is the run ${runId}’s ${until} and no longer: it was late, and another run takes it then.`, 'Finish it before that, or give it back; `muse-coord status` shows who has what.'),
  LEASE_WRITTEN: row('bad_args', (kind: string) => `Records of the kind "${kind}" are leases, which are not just written: another run may have them.`, 'Have it granted first: `openLeases(session)` of muse-coord/plugin, and its `acquire`.'),
  LEASE_KIND: row('bad_args', (kind: string, problem: string) => `No lease can be had by records of the kind "${kind}": ${problem}.`, 'Name a lease kind; `muse-coord kinds` lists them.'),
  LEASE_FINISHED: row('not_found', (what: string, runId: string) => `${what} was finished for good by the run ${runId}, so nobody gets it again.`, 'Choose another id.'),
  LEASE_UNCONFIRMED: row('hub_error', (problem: string, _cure?: string) => `The hub could not be asked: ${problem}`, (_problem, cure = UNCONFIRMED_CURE) => cure),
  LEASE_REJECTED: row('hub_error', (what: string, reason: string) => `The hub does not take the ${what}: ${reason}`, 'The sentence is the hub’s own. `muse-coord doctor` looks at the hub, the key and the clock.'),
  RECORD_REJECTED: row('hub_error', (what: string, reason: string) => `The hub does not take the ${what}: ${reason}`, 'The sentence is the hub’s own. `muse-coord doctor` looks at the hub, the key and the clock.'),
  LEASE_TOO_SHORT: row('hub_error', (what: string, until: string) => `The ${what} had ended by the hub’s clock when it came (${until}), so nobody has it.`, 'Set the clock of this machine, or give a longer --ttl.'),
  HUB_FORGOTTEN: row('no_hub_url', (hub: string, _flags: string) => `This workspace synced with ${hub}, which decides who has what, and its settings name no hub now.`, (_hub, flags) => `Run \`muse-coord init ${flags}\`, or work provisionally with --offline; where it has no hub any more, \`muse-coord init --local\`.`),
  HOLD_LATE: row('lease_lost', (what: string, until: string) => `The hold of ${what} was over by the hub’s clock (${until}) before it could be told to be had.`, 'Give a longer --ttl, or try again when the hub answers faster.'),
  WAIT_TIMED_OUT: row('timed_out', (what: string, seconds: number) => `${what} did not come within ${seconds} s.`, 'Wait again, or longer with --timeout; `muse-coord status` shows who is at what.'),

  // Kinds and plugins
  KIND_UNKNOWN: row('bad_args', (name: string, known: string) => `No plugin registers the kind ${name}; known kinds: ${known}.`, 'Add its plugin to [coord] plugins, or correct the name.'),
  KIND_TAKEN: row('bad_plugin', (what: string, value: string, first: string, second: string) => `The ${what} "${value}" is registered twice: by ${first} and by ${second}.`, 'Remove one of the two plugins, or rename the kind in the one that is yours.'),
  KIND_INVALID: row('bad_plugin', (origin: string, problem: string) => `${origin} registers a kind that cannot be used: ${problem}.`, 'Correct the kind; plugins/README.md of this package describes each of its fields.'),
  KIND_FAILED: row('bad_plugin', (origin: string, name: string, callback: string, problem: string) => `The plugin ${origin} failed in ${callback} of the kind "${name}": ${problem}`, 'Correct the plugin, or take it out of [coord] plugins.'),
  PLUGIN_MISSING: row('bad_plugin', (name: string, from: string, _isPath: boolean) => `The plugin ${name} cannot be found from ${from}.`, (name, _from, isPath) => isPath ? `It lies there, and a path begins with a dot: name it \`./${name}\`.` : 'Install it with `npm install` there, or correct its name or path in [coord] plugins or --plugin.'),
  PLUGIN_FAILED: row('bad_plugin', (name: string, problem: string) => `The plugin ${name} failed: ${problem}`, 'Correct the plugin, take it out of [coord] plugins, or run the command with --no-plugins.'),
  PLUGIN_STUCK: row('plugin_fault', (name: string, where: string, seconds: number) => `The plugin ${name} has not come back for ${seconds} s from ${where}, so the process was ended.`, 'Correct the plugin, take it out of [coord] plugins, or run the command with --no-plugins.'),
  PLUGIN_ENDED: row('plugin_fault', (names: string) => `The process was ended before the command was done, with these plugins loaded: ${names}.`, 'Run the command with --no-plugins to see whether a plugin has done it.'),
  PLUGIN_API: row('bad_plugin', (name: string, wanted: string, own: string) => `The plugin ${name} is for the API ${wanted}, and this program has ${own}.`, 'Update the older of the two with `npm install`.'),
  PLUGIN_OPTIONS: row('bad_plugin', (origin: string, name: string, problem: string) => `The settings for the plugin ${origin}, [plugins.${name}], are refused by it: ${problem}.`, 'Correct that section of .muse/config.toml.'),
  PLUGIN_TYPESCRIPT: row('bad_plugin', (name: string, problem: string) => `The plugin ${name} is TypeScript, which this Node does not run: ${problem}`, (name) => `Use Node 22.18 or later for a file of your own; one in node_modules has to be compiled: \`npx tsc\` in the directory of ${name}, and name the .js file.`),
  PLUGIN_SLOW: row('bad_plugin', (name: string, seconds: number) => `The plugin ${name} was not set up within ${seconds} s.`, 'Correct the plugin, take it out of [coord] plugins, or run the command with --no-plugins.'),
  PLUGIN_UNTRUSTED: row('untrusted', (names: string) => `The settings name plugins that are not trusted here, so they are left out: ${names}.`, 'Look at their files, then run `muse-coord trust`; --plugin NAME loads one for a single command.'),
  PLUGIN_NEEDS: row('bad_plugin', (name: string, needed: string) => `The plugin ${name} imports ${needed}, which is not installed where it looks.`, 'Run `npm install` with that package in the directory of the plugin, muse-coord itself included: what is installed globally is found by no import.'),
  PLUGIN_NO_DEFAULT: row('bad_plugin', (name: string, found: string) => `The plugin ${name} has no default export that is a plugin (found: ${found}).`, 'Export it as `export default defineKind({…})` or `export default (container) => {…}`.'),

  // Identity
  NO_IDENTITY: row('no_identity', (host: string, _url?: string) => `No signing identity for ${host}.`, (_, url = 'URL') => `Run \`muse-coord auth keygen --hub ${url} --handle NAME\`, then \`muse-coord auth register --hub ${url}\`. Whoever signs at another hub already needs only the second.`),
  IDENTITY_INVALID: row('no_identity', (file: string, problem: string) => `${file}: ${problem}`, 'Correct the file, or move it away and make a new identity with `muse-coord auth keygen`.'),
  HOME_UNKNOWN: row(
    'no_identity',
    () => 'There is no home directory to keep an identity in: HOME is not set.',
    'Set HOME to the directory whose .muse/ holds the identity.',
  ),
  ROTATION_UNSURE: row('hub_error', (keyPath: string, problem: string) => `Whether the hub took the new key in ${keyPath} is not known: ${problem}`, 'Run `muse-coord auth rotate`; it finds out, and finishes. Until then whatever is signed tries both keys.'),
  IDENTITY_EXISTS: row('bad_args', (host: string, handle: string) => `There is an identity for ${host} already: ${handle}.`, 'Use it (`muse-coord auth whoami`), or replace it with --force.'),

  // Hub, as a client meets it
  HUB_UNREACHABLE: row('hub_error', (url: string, problem: string) => `The hub at ${url} cannot be reached: ${problem}`, 'Check the address and that the hub runs: `muse-coord hub serve`.'),
  NETWORK_CLOSED: row('hub_error', (url: string, problem: string) => `The network is closed to this program, so the hub at ${url} cannot be asked: ${problem}`, 'A sandbox or a firewall keeps it from the network, and not the hub. Run `muse-coord sync watch` outside of the sandbox, which then asks the hub for it; or allow the sandbox the network.'),
  STALE: row('hub_error', (known: string, problem: string) => `${known}, and the hub could not be asked: ${problem}`, 'Try again when the hub answers, or leave out --max-age and go by what is known.'),
  HUB_TIMEOUT: row('hub_error', (url: string, seconds: number) => `The hub at ${url} gave no whole answer within ${seconds} s.`, 'Try again; if it stays so, look at the hub’s log.'),
  HUB_REFUSED: row('hub_error', (status: number, detail: string) => `The hub answered ${status}: ${detail}`, 'The sentence is the hub’s own. `muse-coord doctor` looks at the hub, the key and the clock.'),
  HUB_TOO_LARGE: row('hub_error', (detail: string) => `The hub takes no request of this size: ${detail}`, 'Send less at once; a single record this large cannot be sent.'),
  HUB_DENIED: row('hub_error', (status: number, detail: string) => `The hub answered ${status}: ${detail}`, 'Check who signs (`muse-coord auth whoami`), that the handle is registered (`muse-coord auth register`), and this machine’s clock.'),
  HUB_HANDLE_TAKEN: row('hub_error', (detail: string) => `The hub answered: ${detail}`, 'Take another name: `muse-coord join LINE --handle NAME`, or `muse-coord auth keygen --force --handle NAME` and `muse-coord auth register`.'),
  HUB_NOT_INVITED: row('hub_error', (detail: string) => `The hub answered: ${detail}`, 'Ask the owner of the space for a line to join by: `muse-coord space invite`. Its first owner gets one from the operator: `muse-coord hub invite --space OWNER/SLUG --hub URL`.'),
  JOIN_LINE: row('bad_args', (problem: string) => `This is no line to join by: ${problem}.`, 'Paste what `muse-coord space invite` has printed: an address such as https://hub.example.com/gabriel/myrepo#CODE.'),
  NO_OWN_HUB: row('bad_args', () => 'No line to join by is given, and no hub of this machine waits for its first owner.', 'Paste the line that `muse-coord space invite` prints on a machine that is in; or begin a hub of your own: `muse-coord hub serve --host 0.0.0.0 --tls self`.'),
  JOINED_ELSEWHERE: row('bad_args', (config: string, space: string) => `The settings in ${config} name ${space} already, which is another space.`, 'Join in another directory, or give this one up first: `muse-coord init --hub URL --owner NAME --slug NAME`.'),
  HUB_UNAVAILABLE: row('hub_error', (status: number, detail: string) => `The hub answered ${status}: ${detail}`, 'Try again later; if it stays so, look at the hub’s log.'),
  HUB_COUNT: row('hub_error', (told: number, sent: number) => `The hub accounted for ${told} of the ${sent} records of a batch.`, 'Push again: what it has it will skip. If it stays so, look at the hub’s log.'),
  HUB_MISNAMED: row('hub_error', (name: string, sent: number) => `The hub refused ${name}, which is not among the ${sent} records of the batch or was named already.`, 'Push again: what it has it will skip. If it stays so, look at the hub’s log.'),
  HUB_CHANGING: row('hub_error', (url: string) => `The hub at ${url} became another one again and again while it was asked.`, 'Check that the address leads to one hub, or to several on one database.'),
  HUB_CURSOR_AHEAD: row('hub_error', (detail: string) => `The hub ends before the cursor: ${detail}`, 'The hub was replaced or restored; pull with --since-id 0 to start over.'),
  HUB_ANSWER: row('hub_error', (url: string, problem: string) => `The hub at ${url} gave an answer that is no answer of a hub: ${problem}`, 'Check that the address is that of a muse-coord hub.'),
  HUB_REDIRECT: row('hub_error', (url: string, status: number) => `The hub at ${url} answered with a redirect (${status}), and redirects are not followed.`, 'Use the address where the hub really is; signed requests must not travel on.'),
  HUB_CERTIFICATE: row(
    'hub_error',
    (host: string, known: string, shown: string) =>
      `${host} shows another certificate than the one that is pinned for it, so nothing was sent: ${shown} instead of ${known}.`,
    'Somebody may stand between. If the hub has a new key, its owner prints a line with `muse-coord space invite`, and `muse-coord join LINE` pins that one.',
  ),
  HUB_IDENTITY: row(
    'hub_error',
    (hub: string, known: string, shown: string) =>
      `Whoever answers at ${hub} is not the hub that this machine knows there, so nothing of the answer is believed: it shows ${shown} instead of ${known}.`,
    (hub) =>
      `Another program may have taken its place. If the hub was set up anew, \`muse-coord auth trust-hub --hub ${hub}\` has this machine know the new one.`,
  ),
  PINS_INVALID: row('bad_args', (file: string, problem: string) => `${file}: ${problem}.`, 'Correct the file, or remove it and take `muse-coord join LINE` again for each hub that stood in it.'),
  HUB_INSECURE: row('hub_error', (url: string) => `Credentials are not sent to ${url}: it is neither https nor this machine.`, 'Use https://, or a hub on localhost.'),
  SPACE_HIDDEN: row('hub_error', (space: string, _handle: string | null, _hub: string) => `The hub has no space ${space} that you may see.`, hiddenCure),
  CURSOR_AHEAD: row('cursor_ahead', (sinceId: number, lastId: number) => `since_id ${sinceId} is beyond the end of the space (${lastId}).`, 'Start over with since_id 0: the hub was replaced or restored.'),
  INTERRUPTED: row('interrupted', () => 'Interrupted; everything acknowledged so far is recorded.', 'Run the command again to go on.'),

  // Hub, as it serves
  NOT_SIGNED: row('unauthorized', () => 'This request must be signed.', 'Sign it with MSign: Authorization: MSign handle="…" alg="ed25519" ts=… sig="…".'),
  SIGNATURE_REFUSED: row('unauthorized', (problem: string) => `The signature is refused: ${problem}`, 'Check the clock, the key and the host name of the hub’s address.'),
  SIGNATURE_USED: row('signature_used', () => 'This signature has acted already, and a signature acts once here.', 'Sign the request again, with the time of now.'),
  FORBIDDEN: row('forbidden', (handle: string, action: string) => `${handle} may not ${action}.`, 'Ask the owner of the space.'),
  QUOTA_REACHED: row('forbidden', (handle: string, bound: string) => `${handle} has ${bound} here, which is as much as this hub keeps for one handle.`, 'Use a space that is there, or have the operator raise the bound: see `muse-coord hub serve --help`.'),
  DEVICES_FULL: row('forbidden', (handle: string, bound: number) => `${handle} has ${bound} keys beside its first, which is the most.`, 'Revoke one that nobody uses: `muse-coord auth keys` lists them, `muse-coord auth revoke FINGERPRINT --yes` ends one.'),
  INVITE_UNKNOWN: row('not_found', (which: string, count: number) => count > 1 ? `${which} is the beginning of ${count} invitations.` : `No invitation that can still be used has the id ${which}.`, 'List them with `muse-coord space invites`, and name one by eight letters of its id or more.'),
  INVITES_FULL: row('forbidden', (handle: string, bound: number) => `${handle} has ${bound} invitations that nobody has used up, which is the most.`, 'One serves several with `muse-coord space invite --uses N`; those that have ended are forgotten, and `muse-coord space uninvite ID` takes one back.'),
  KEY_UNKNOWN: row(
    'not_found',
    (which: string, handle: string, found: number) =>
      found === 0 ? `No key that signs for ${handle} is named ${which}.` : `${found} keys that sign for ${handle} are named ${which}.`,
    '`muse-coord auth keys` lists them; eight letters of a fingerprint name one.',
  ),
  NO_SUCH_THING: row('not_found', (what: string) => `There is no ${what}.`, 'Check the address.'),
  BODY_INVALID: row('bad_args', (problem: string) => `The request is refused: ${problem}`, 'Correct the request; /openapi.json describes it.'),
  BODY_TOO_LARGE: row('too_large', (what: string, limit: string) => `${what} is over the limit of ${limit}.`, 'Send less at once.'),
  RATE_LIMITED: row('rate_limited', (who: string, seconds: number) => `Too many requests from ${who}; try again in ${seconds} s.`, 'Wait as Retry-After says.'),
  MEDIA_TYPE: row('unsupported', (found: string, wanted: string) => `${found} is not understood here; ${wanted} is.`, 'Send the body as JSON, plain or with gzip.'),
  HUB_NOT_READY: row('unavailable', () => 'This hub cannot reach its store at the moment.', 'Try again shortly; the hub’s log tells why.'),
  HUB_BUSY: row('rate_limited', () => 'This hub keeps as much for others as it can, and more from here than from most.', 'Wait as Retry-After says, and send or ask for less at once.'),
  HUB_DRAINING: row('unavailable', () => 'This hub is on its way down.', 'Try again shortly.'),
  LOCKED_OUT: row('rate_limited', (who: string, seconds: number) => `Too many refused signatures from ${who}; try again in ${seconds} s.`, 'Check the key and the clock before the next try.'),
  STREAMS_FULL: row('rate_limited', (where: string) => `Too many watch streams are open ${where}.`, 'Wait as Retry-After says, or pull instead.'),
  HANDLE_REFUSED: row('bad_args', (handle: string, problem: string) => `${handle} cannot be used as a handle: ${problem}.`, 'Choose another handle.'),
  HANDLE_TAKEN: row('conflict', (handle: string) => `The handle ${handle} belongs to another key.`, 'Choose another handle.'),
  NONCE_REFUSED: row('unauthorized', () => 'The nonce is unknown, used or older than five minutes.', 'Ask for a new challenge.'),
  INVITE_REFUSED: row('forbidden', () => 'The invitation is unknown, used, too old or for another handle.', 'Ask the operator of the hub for another one.'),
  REGISTRATION_CLOSED: row('forbidden', () => 'This hub registers nobody by itself.', 'Ask its operator for an invitation: `muse-coord hub invite`.'),
  BIND_REFUSED: row('bad_args', (host: string) => `Listening on ${host} without TLS would send signatures in the clear.`, 'Give --tls self, or --tls-cert and --tls-key, or --public-url https://… when a proxy does TLS, or --host 127.0.0.1.'),
  TLS_FAILED: row('bad_args', (certificate: string, key: string, problem: string) => `The certificate ${certificate} with the key ${key} cannot be used: ${problem}`, 'Give two readable PEM files that belong together.'),
  OWN_CERTIFICATE: row('bad_args', (file: string, problem: string) => `The hub’s own key ${file} cannot be used: ${problem}.`, 'Put it back from a copy; or remove it, and let the machines join again: the hub makes another.'),
  LISTEN_FAILED: row('bad_args', (address: string, problem: string) => `The hub cannot listen on ${address}: ${problem}`, 'Choose another --port (0 takes a free one) or --host.'),
  UI_LISTEN_FAILED: row('bad_args', (port: number, problem: string) => `The pages cannot be served on port ${port} of 127.0.0.1: ${problem}`, 'Choose another --port, or leave it out to have a free one.'),
  STORE_FAILED: row('unavailable', (store: string, problem: string) => `The store ${store} does not work: ${problem}`, 'Check that it exists, that this user may write it, and that the disk has room.'),
  STORE_UNKNOWN: row(
    'bad_args',
    (spec: string) => `There is no store for addresses like ${spec}.`,
    'Give a directory, or postgres://user@host/database.',
  ),
  STORE_NO_BACKUP: row('bad_args', () => 'A store of this kind is backed up with the tools of its database.', 'For PostgreSQL: pg_dump. Or write a portable copy: `muse-coord hub export FILE`.'),
  BACKUP_INVALID: row('bad_args', (file: string, problem: string) => `The backup ${file} cannot be put back: ${problem}.`, 'Name a file that `muse-coord hub backup FILE` wrote, and a directory with --data.'),
  FILE_TAKEN: row('bad_args', (file: string) => `${file} is there already; nothing is replaced.`, 'Choose another place, or move that file away once no hub uses it.'),
  STORE_MISSING: row('bad_args', (directory: string) => `There is no store of a hub in ${directory}.`, 'Name it with --data or --store, as `muse-coord hub serve` has it.'),
  KIND_NAME_INVALID: row('bad_args', (name: string) => `${name} is no name for a kind: 64 lower-case letters, digits, - and _ at most, the first a letter, and no device of Windows such as con.`, 'Name it like `muse-coord kinds new build-lock`.'),
  KIND_NAME_TAKEN: row('bad_args', (name: string, what: string) => `There is ${what} ${name} already.`, 'Choose another name; `muse-coord kinds` lists those that are taken.'),
  DIRECTORY_TAKEN: row('bad_args', (directory: string) => `${directory} is there already; nothing is replaced.`, 'Choose another name, or another place with -C DIR.'),
  SPACE_TAKEN: row('conflict', (space: string) => `The space ${space} holds records already.`, 'Import it into a store that has none of that name, and name that with --data or --store.'),
  SWEEP_UNSUPPORTED: row('bad_args', () => 'This store cannot be swept: it only grows.', 'Use the tools of its database.'),
  STATS_UNSUPPORTED: row('bad_args', () => 'This store cannot tell what it holds.', 'Use the tools of its database.'),
  ARCHIVE_UNSUPPORTED: row('bad_args', () => 'This store can be moved neither in nor out.', 'Use the tools of its database.'),
  ARCHIVE_INVALID: row('bad_args', (line: number, problem: string) => `Line ${line} of the archive cannot be taken in: ${problem}`, 'Export it again; spaces that were taken in whole before stay.'),
  STORE_SET_BACK: row('unavailable', () => 'The store was set back to an earlier state while its hub went on.', 'Ask again: the hub gives the store a new epoch, by which everybody begins anew.'),
  STORE_NEWER: row('unavailable', (found: number, known: number) => `The store has schema ${found}; this program knows ${known}.`, 'Use the newer muse-coord that wrote it.'),
  POSTGRES_MISSING: row(
    'unavailable',
    () => 'The PostgreSQL driver pg is not installed.',
    'Install it beside muse-coord: `npm install pg`.',
  ),
  SQLITE_MISSING: row('unavailable', () => 'This Node has no SQLite, and @photostructure/sqlite is not installed.', 'Use Node 22.13 or newer, or `npm install @photostructure/sqlite`.'),

  ENDED_EARLY: row('internal', () => 'The process was ended before the command was done.', 'Please report it with the command that was run.'),
  INTERNAL: row('internal', (problem: string) => `A fault of this program: ${problem}`, 'Please report it with the output of the command run again with MUSE_COORD_DEBUG=1.'),
} as const

/** The name of a row of the table. */
export type ErrorCode = keyof typeof ERRORS

type ValuesOf<Code extends ErrorCode> = (typeof ERRORS)[Code] extends Row<infer Values> ? Values : never

/** Makes the error of a row: `coordError('KIND_UNKNOWN', '"clam"', 'reservation, task')`. */
export function coordError<Code extends ErrorCode>(code: Code, ...values: ValuesOf<Code>): CoordError {
  const { status, message, hint } = ERRORS[code] as unknown as Row<ValuesOf<Code>>
  return new CoordError({
    code,
    status,
    message: message(...values),
    hint: typeof hint === 'string' ? hint : hint(...values),
  })
}

/** What a machine says of its disks, its files and their limits, whatever the program asks. */
const MACHINE_CODES = new Set([
  'EACCES',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'EPERM',
  'EROFS',
  'ESTALE',
])

/** Whatever was thrown, as an error of the table; what is unknown there is a fault of this program. */
export function asCoordError(thrown: unknown): CoordError {
  if (thrown instanceof CoordError) return thrown
  if (isMachineError(thrown)) return fileError(thrown.path ?? thrown.syscall ?? 'A file', thrown)
  const error = coordError('INTERNAL', problemOf(thrown))
  error.cause = thrown
  return error
}

/** Whether a plugin's own code is to blame, and nobody else's. */
export function isOfPlugin(thrown: unknown): thrown is CoordError {
  return thrown instanceof CoordError && thrown.status === 'bad_plugin'
}

/** Whether something was left out because nobody has said here that it may run. */
export function isOfUntrusted({ status }: CoordError): boolean {
  return status === 'untrusted'
}

/** What was said of a network has an address. */
function isMachineError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'code' in thrown && MACHINE_CODES.has(String(thrown.code)) && !('address' in thrown)
}

/** What the system said about a file or directory, as an error of the table. */
export function fileError(path: string, thrown: unknown): CoordError {
  if (thrown instanceof CoordError) return thrown
  const error = coordError('FILE_FAILED', path, problemOf(thrown))
  error.cause = thrown
  return error
}

/** The sentence of anything that was thrown. */
export function problemOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message)
  return String(thrown)
}
