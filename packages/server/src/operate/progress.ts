/** One line on the terminal that says how far a command is; nothing where no person looks. */
export interface Progress {
  /** Replaces what the line said. Said often it is written a few times a second. */
  say(text: string): void;
  /** Takes the line away, to make room for other output. */
  clear(): void;
}

const between = 100;

export function openProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let shown = false;
  let last = 0;
  const clear = () => {
    if (shown) stream.write('\r\u001b[K');
    shown = false;
  };
  return {
    say: (text) => {
      const now = performance.now();
      if (!stream.isTTY || now - last < between) return;
      last = now;
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns || 80) - 1)}`);
      shown = true;
    },
    clear,
  };
}

/** `1,234,567` */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
