import type { PhoneNetwork } from '@colloquy/testing';

/** A kind of simulator, as the command starts it. */
export interface Provider {
  /** What the command calls it. */
  name: string;
  /** One line for people. */
  about: string;
  /** Where its API and its phones are unless somebody says otherwise. */
  port: number;
  /** The own address unless somebody says otherwise. */
  own: string;
  /** @throws Error with a sentence when the address is none that such a provider has, or a port is taken */
  start(options: { port: number; own: string }): Promise<Simulated>;
}

/** A simulator at work. */
export interface Simulated {
  phones: PhoneNetwork;
  /** Where phones, journal and faults are. */
  url: string;
  /** What somebody who connects a program of his own has to know: name → value. */
  facts: readonly (readonly [name: string, value: string])[];
  /** What `POST /v1/x/senders` takes. */
  sender: { type: string; addresses: readonly string[]; config: Readonly<Record<string, unknown>> };
  /** Points what the provider reports to there. */
  reportTo(webhookUrl: string): Promise<void>;
  /** What can be made to go wrong, as `POST /control/faults` takes it. */
  faults: readonly { what: string; fault: object }[];
  close(): Promise<void>;
}
