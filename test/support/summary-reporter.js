/** Closes a run with one plain line for machines: `Tests: 12 passed, 0 failed, 1 skipped`. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = results
    // A suite that does not even load has no failed tests of its own, and must not pass for one without any.
    const failed = numFailedTests + numRuntimeErrorTestSuites
    process.stdout.write(
      `Tests: ${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped\n`,
    )
  }
}
