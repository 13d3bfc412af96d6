/** A command cannot do what it was asked for. The message says it whole, for the person who asked. */
export class OperateError extends Error {
  override readonly name = 'OperateError';
  readonly exitCode: number;

  /** @param exitCode 2 for a wrong use of the command */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
