/** SQLite as this Node has it, else the package that muse-coord itself uses there. */
exports.openDatabase = (file) => {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') ?? require('@photostructure/sqlite')
  return new DatabaseSync(file)
}
