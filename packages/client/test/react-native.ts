import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { transform } from 'esbuild';

/** What React Native's own `URL` did for years: keep the text, and know none of its parts. */
class NativeUrl {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text.endsWith('/') ? text : `${text}/`;
  }

  get href(): string {
    return this.#text;
  }

  toString(): string {
    return this.#text;
  }
}
for (const part of ['protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin']) {
  Object.defineProperty(NativeUrl.prototype, part, {
    get: () => {
      throw new Error(`URL.${part} is not implemented`);
    },
  });
}

/** It throws where others drop what is sent too early. */
class NativeWebSocket extends WebSocket {
  override send(data: string): void {
    if (this.readyState === WebSocket.CONNECTING) throw new Error('INVALID_STATE_ERR');
    super.send(data);
  }
}

/** There are no timer objects, only numbers. */
const timer = (start: (callback: () => void, ms?: number) => NodeJS.Timeout) => (callback: () => void, ms?: number) =>
  Number(start(callback, ms));

/**
 * Runs a module as Metro delivers it: as a function with `require` and `module`, among the globals that React Native
 * sets up (its `Libraries/Core`), on an engine that knows the language and nothing else.
 *
 * @param more globals that some versions have
 * @returns what the module exports
 */
export async function runInReactNative(file: string, more: Record<string, unknown> = {}): Promise<unknown> {
  const { code } = await transform(readFileSync(file, 'utf8'), { format: 'cjs' });
  const context = createContext({
    WebSocket: NativeWebSocket,
    URL: NativeUrl,
    AbortController,
    AbortSignal,
    Blob,
    FormData,
    fetch,
    Headers,
    Response,
    XMLHttpRequest: class {},
    navigator: { product: 'ReactNative' },
    console,
    queueMicrotask,
    setTimeout: timer(setTimeout),
    setInterval: timer(setInterval),
    clearTimeout: (id: number) => clearTimeout(id),
    clearInterval: (id: number) => clearInterval(id),
    ...more,
  });
  // Hermes had neither before React Native 0.71.
  runInContext('delete globalThis.WeakRef; delete globalThis.FinalizationRegistry;', context);
  const run = runInContext(`(function (require, module) {${code}\n})`, context, { filename: file });
  const module = { exports: {} };
  run((name: string) => {
    throw new Error(`The module asked for ${name}`);
  }, module);
  return module.exports;
}
