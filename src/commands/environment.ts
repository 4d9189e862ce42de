/** Every variable of the environment that the program reads or sets, and what it says. */
const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['MUSE_COORD_HUB', 'the hub, like --hub'],
  ['MUSE_COORD_OWNER', 'owner of the space, like --owner'],
  ['MUSE_COORD_SLUG', 'name of the space, like --slug'],
  ['MUSE_COORD_RUN_ID', 'the run that commands are for, like --run-id; `run` sets it for its command'],
  ['MUSE_COORD_PID', 'the process of this machine whose end is the end of the run: what it held is given back then'],
  ['MUSE_COORD_TASK_ID', 'set by `run` for its command: the task that it holds'],
  ['MUSE_COORD_RESERVATION_ID', 'set by `run` likewise: the reservation'],
  ['MUSE_COORD_TOKEN', 'set by `run` likewise: the fencing number of its lease'],
  ['MUSE_COORD_GUARD', 'off: `guard` lets every commit and push pass'],
  ['MUSE_COORD_TIMEOUT', 'seconds that a hub has for an answer (30)'],
  ['MUSE_REPO_ROOT', 'the root of the repository, instead of looking for .muse/ upwards'],
  ['NO_COLOR', 'anything: no colours on a terminal'],
  ['MUSE_COORD_DEBUG', '1: errors come with where they were thrown'],
  ['https_proxy, http_proxy, all_proxy, no_proxy', 'how a hub beyond a proxy is reached; upper case too'],
]

/** The part of a help text about them. */
export function environmentHelp(): string {
  const width = Math.max(...ENVIRONMENT.map(([name]) => name.length))
  return `Environment:\n${ENVIRONMENT.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`).join('\n')}`
}
