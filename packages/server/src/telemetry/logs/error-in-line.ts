import { stdSerializers } from 'pino';
import { StorageUnavailable } from '../../storage/connection.ts';

/** What of an error stands in a line beside what others have put on it. */
interface Told {
  type: string;
  message: string;
  code?: string;
  stack?: string;
}

/**
 * An error as the log has it: what went wrong once, with what it came of where that says more. Where the other end of a
 * connection is away, or a database is full, there is no stack, which would tell who asked, and not what is wrong.
 */
export function errorInLine(error: Error): unknown {
  const told: unknown = stdSerializers.err(error);
  if (!(error instanceof Error)) return told;
  const chain = chainOf(error);
  const telling = chain.filter(
    ({ message }, at) =>
      (message !== '' || chain.length === 1) && !chain.slice(0, at).some((one) => one.message.includes(message)),
  );
  const { stack: _stack, ...rest } = told as Told;
  const code = chain.map((one) => (one as NodeJS.ErrnoException).code).find((one) => one !== undefined);
  return {
    ...rest,
    message: telling.map(({ message }) => message).join(': '),
    ...(code !== undefined && { code }),
    ...(!isOfOthers(error) && { stack: telling.map(({ stack }) => stack).join('\ncaused by: ') }),
  };
}

/** Did it come of something else that is away or full? Then it is told without its stack. */
export function isOfOthers(error: Error): boolean {
  return chainOf(error).some((one) => {
    const { syscall } = one as NodeJS.ErrnoException;
    return one instanceof StorageUnavailable || syscall === 'connect' || syscall === 'getaddrinfo';
  });
}

/** An error, and what it came of: where a name has several addresses, what the first of them said. */
function chainOf(error: Error): Error[] {
  const chain = new Set<Error>();
  for (let one: unknown = error; one instanceof Error && !chain.has(one); ) {
    chain.add(one);
    one = one instanceof AggregateError ? one.errors[0] : one.cause;
  }
  return [...chain];
}
