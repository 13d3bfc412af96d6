import { SettingsError, StartError } from '../config/start-error.ts';
import { shellDirectory } from '../process/shell-directory.ts';
import { stopOnSignal } from '../process/stop-on-signal.ts';
import { type Arguments, readArguments, simulateHelp } from './arguments.ts';
import { type Attachment, attach } from './attachment.ts';
import { introduce } from './introduction.ts';
import { lineOf } from './news-line.ts';
import type { Simulated } from './provider.ts';
import { findServer, type ServerHere } from './server-here.ts';
import { SimulateError } from './simulate-error.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** `colloquy simulate …`: runs until a signal ends it. @param argv what follows the word */
export async function simulate(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(simulateHelp());
    return;
  }
  let terminal: Terminal | undefined;
  const complain = (sentence: string) => process.stderr.write(`${sentence}\n`);
  const ends: (() => Promise<void>)[] = [];
  try {
    const given = readArguments(argv);
    stopOnSignal(async () => {
      terminal?.close();
      for (const end of ends.toReversed()) await end();
    }, complain);
    const simulated = await start(given);
    ends.push(() => simulated.close());
    const { server, attachment } = given.attach ? await attachTo(given, simulated, complain) : {};
    if (attachment && !given.keep) ends.push(() => endOf(attachment, complain));
    const attached = attachment && { sender: attachment.sender, keep: given.keep };
    const hasPage = server !== undefined && (await answersPage(server));
    const { name } = given.provider;
    process.stdout.write(introduce({ name, simulated, server, attachment: attached, hasPage, shellDirectory }));
    const opened = openTerminal((line) => write(line, simulated, (sentence) => opened.say(sentence)));
    terminal = opened;
    simulated.phones.log.onNews((news) => opened.say(lineOf(news, Date.now())));
  } catch (error) {
    if (!(error instanceof SimulateError || error instanceof SettingsError)) throw error;
    complain(error.message);
    for (const end of ends.toReversed()) await end();
    // What was begun before it failed may still listen.
    process.exit(error instanceof SettingsError ? 2 : error.exitCode);
  }
}

async function start({ provider, port, own }: Arguments): Promise<Simulated> {
  try {
    return await provider.start({ port, own });
  } catch (error) {
    const { code, port: taken = port } = error as NodeJS.ErrnoException & { port?: number };
    switch (code) {
      case 'EADDRINUSE':
        throw new SimulateError(
          `Another program listens on port ${taken}; end it, or give another port with --port (0 takes any free one).`,
        );
      case 'EACCES':
        throw new SimulateError(`This user may not listen on port ${port}; give one above 1023 with --port.`);
      default:
        throw error;
    }
  }
}

/** Without a server, or one that refuses, the simulator is of use all the same. */
async function attachTo(
  given: Arguments,
  simulated: Simulated,
  complain: (sentence: string) => void,
): Promise<{ server?: ServerHere; attachment?: Attachment }> {
  try {
    const server = findServer(given, process.cwd());
    return { server, attachment: await attach(server, simulated) };
  } catch (error) {
    if (!(error instanceof SimulateError) && !(error instanceof StartError)) throw error;
    complain(`${error.message} Going on without one; run this again to attach it.`);
    return {};
  }
}

async function endOf(attachment: Attachment, complain: (sentence: string) => void): Promise<void> {
  try {
    await attachment.end();
    process.stdout.write(`The sender ${attachment.sender} is removed.\n`);
  } catch (error) {
    if (!(error instanceof SimulateError)) throw error;
    complain(`The sender ${attachment.sender} was not removed. ${error.message}`);
  }
}

async function answersPage({ url }: ServerHere): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.body?.cancel();
    return answer.ok && (answer.headers.get('content-type') ?? '').startsWith('text/html');
  } catch {
    return false;
  }
}

/** A line that was typed: a phone's address, a blank, and what it writes. */
function write(line: string, { phones }: Simulated, say: (sentence: string) => void): void {
  const [, word = '', body = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
  if (word === '') return;
  const phone = phones.addressOf(word);
  if (phone === undefined || body === '') {
    say(`Begin with the address of a phone, then what it writes: ${phones.phones[0]} Hello!`);
    return;
  }
  phones.write(phone, phones.own[0] ?? '', body).catch((error: unknown) => say(`! ${String(error)}`));
}
