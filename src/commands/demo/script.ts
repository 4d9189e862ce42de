/** What the demo plays: two people on two machines, one hub between them. Only command lines, as they would be typed. */

export type Machine = 'gabriel' | 'ada'

/** What later steps need of earlier ones. */
export interface Known {
  hub: string
  reservation: string
  other: string
}

export interface Step {
  readonly machine: Machine
  /** What happens, for the reader. */
  readonly what: string
  /** The words after `muse-coord`. */
  readonly command: (known: Readonly<Known>) => readonly string[]
  /** What of the command's JSON is kept for later steps. */
  readonly learn?: (result: Record<string, unknown>) => Partial<Known>
}

const setUp = (machine: Machine): Step[] => [
  {
    machine,
    what: 'makes a workspace for the space gabriel/demo',
    command: ({ hub }) => ['init', '--hub', hub, '--owner', 'gabriel', '--slug', 'demo'],
  },
  {
    machine,
    what: 'makes a signing key',
    command: ({ hub }) => ['auth', 'keygen', '--hub', hub, '--handle', machine],
  },
  { machine, what: 'tells the hub whose key it is', command: () => ['auth', 'register'] },
]

export const STEPS: readonly Step[] = [
  ...setUp('gabriel'),
  ...setUp('ada'),
  {
    machine: 'gabriel',
    what: 'writes a task for whoever is free',
    command: () => ['enqueue', 'Split the parser', '--priority', '5', '--tags', 'refactoring'],
  },
  {
    machine: 'gabriel',
    what: 'reserves a function for agent-1',
    command: () => ['reserve', 'src/parser.ts::parse', '--run-id', 'agent-1', '--op', 'modify'],
    learn: ({ reservation_id }) => ({ reservation: String(reservation_id) }),
  },
  {
    machine: 'gabriel',
    what: 'reserves a file that has to wait for it',
    command: ({ reservation }) => ['reserve', 'src/lexer.ts', '--run-id', 'agent-1', '--depends-on', reservation],
    learn: ({ reservation_id }) => ({ other: String(reservation_id) }),
  },
  {
    machine: 'gabriel',
    what: 'says what agent-1 intends',
    command: () => [
      ...['intent', 'src/parser.ts::parse', '--run-id', 'agent-1', '--op', 'extract'],
      ...['--detail', 'move the error handling out'],
    ],
  },
  {
    machine: 'gabriel',
    what: 'says that agent-1 is alive',
    command: ({ reservation }) => ['heartbeat', reservation, '--run-id', 'agent-1'],
  },
  {
    machine: 'gabriel',
    what: 'gives the second reservation back',
    command: ({ other }) => ['release', other, '--run-id', 'agent-1'],
  },
  { machine: 'gabriel', what: 'sends all of it to the hub', command: () => ['sync', 'push'] },
  { machine: 'gabriel', what: 'lets ada into the space', command: () => ['space', 'grant', 'ada'] },
  { machine: 'ada', what: 'fetches what gabriel’s machine wrote', command: () => ['sync', 'pull'] },
  {
    machine: 'ada',
    what: 'takes the task: the hub makes sure that nobody else can',
    command: () => ['claim', '--run-id', 'agent-2'],
  },
  { machine: 'ada', what: 'fetches what the hub has now', command: () => ['sync', 'pull'] },
]
