/**
 * What would make one contender work on other things than the others, or with settings of its own; and certificates that
 * every start of Node reads for longer than it otherwise takes, which would flatter each ratio to it.
 */
const LEFT_OUT = /^(MUSE_|GIT_|XDG_CONFIG_HOME$|NODE_EXTRA_CA_CERTS$)/

/**
 * The environment of whoever runs the benchmark, with a home of its own. What NODE_OPTIONS has Node load is loaded in every run,
 * for a user has it too.
 *
 * @param {string} home
 */
export function environmentWith(home) {
  const inherited = Object.entries(process.env).filter(([name]) => !LEFT_OUT.test(name))
  return { ...Object.fromEntries(inherited), HOME: home }
}
