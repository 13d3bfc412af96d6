/** As much of it as our tests use. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server } from 'node:net';

  type Values = Record<string, unknown>;

  export interface Pdu {
    command: string;
    command_status: number;
    sequence_number: number;
    [field: string]: unknown;
    response(values?: Values): Pdu;
    toBuffer(): Buffer;
  }

  export interface Session extends EventEmitter {
    send(pdu: Pdu, answered?: (answer: Pdu) => void): boolean;
    bind_transceiver(values: Values, answered: (answer: Pdu) => void): boolean;
    submit_sm(values: Values, answered: (answer: Pdu) => void): boolean;
    deliver_sm(values: Values, answered: (answer: Pdu) => void): boolean;
    enquire_link(values: Values, answered: (answer: Pdu) => void): boolean;
    unbind(values: Values, answered: (answer: Pdu) => void): boolean;
    close(): void;
    destroy(): void;
  }

  interface Package {
    PDU: new (command: string | Buffer, values?: Values) => Pdu;
    createServer(listener: (session: Session) => void): Server;
    connect(url: string, connected: () => void): Session;
  }

  const smpp: Package;
  // biome-ignore lint/style/noDefaultExport: it is what a CommonJS module is imported as
  export default smpp;
}
