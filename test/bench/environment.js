/** What would make one contender work on other things than the others, or with settings of its own. */
const SETTINGS_OF_CONTENDERS = /^(MUSE_|GIT_|XDG_CONFIG_HOME$)/

/**
 * The environment of whoever runs the benchmark, with a home of its own: what Node loads because of it (NODE_OPTIONS,
 * NODE_EXTRA_CA_CERTS) is loaded in every run, for a user has it too.
 *
 * @param {string} home
 */
export function environmentWith(home) {
  const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS_OF_CONTENDERS.test(name))
  return { ...Object.fromEntries(inherited), HOME: home }
}
