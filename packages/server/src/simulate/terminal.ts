import { createInterface } from 'node:readline';

/** Where the person reads and types. */
export interface Terminal {
  /** Without disturbing what is being typed. */
  say(line: string): void;
  close(): void;
}

/** @param onLine gets each line that is typed */
export function openTerminal(onLine: (line: string) => void): Terminal {
  const { stdin, stdout } = process;
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  const lines = createInterface({ input: stdin, output: stdout, terminal, prompt: terminal ? '> ' : '' });
  lines.on('line', (line) => {
    onLine(line);
    if (terminal) lines.prompt();
  });
  // In raw mode Ctrl-C is a key and no signal.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  if (terminal) lines.prompt();
  return {
    say: (line) => {
      stdout.write(terminal ? `\r\u001b[J${line}\n` : `${line}\n`);
      if (terminal) lines.prompt(true);
    },
    close: () => {
      if (terminal) stdout.write('\r\u001b[J');
      lines.close();
      stdin.unref?.();
    },
  };
}
