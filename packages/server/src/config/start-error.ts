/** The settings do not make sense. Exit code 2, as for any wrong use of a command. */
export class SettingsError extends Error {
  /** One sentence for each thing that is wrong; no secret in any. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** The settings are fine, but the machine does not let the server start. The message says it whole. Exit code 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
