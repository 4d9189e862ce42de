/**
 * Node itself, as a user of the program has it, instead of a context of its own for each test file. What jest hangs into the
 * global scope goes when the file is done.
 */
module.exports = class Environment {
  global = globalThis
  #console = globalThis.console
  #exit = process.exit

  async setup() {
    // Jest's own way to write stacks knows no `--enable-source-maps`.
    Error.prepareStackTrace = undefined
  }

  async teardown() {
    globalThis.console = this.#console
    process.exit = this.#exit
  }

  getVmContext() {
    return null
  }

  exportConditions() {
    return ['node', 'node-addons']
  }
}
