/** Started by `links.ts`: keeps links, and does with them what it is told. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Link, type LinkState } from './link.ts';

/** What is to be done with a link, which its opener has numbered. */
export type Order = { link: number } & ({ open: number } | { become: Partial<LinkState> } | { close: true });

/** That an order has been carried out. */
export interface Done {
  order: number;
  /** Where the link is reached: 0 once it is closed. */
  port: number;
}

const port = parentPort as MessagePort;
const links = new Map<number, Link>();

port.on('message', async ({ order, ...what }: Order & { order: number }) => {
  port.postMessage({ order, port: await carryOut(what) } satisfies Done);
});

async function carryOut(what: Order): Promise<number> {
  if ('open' in what) {
    const made = await Link.open(what.open);
    links.set(what.link, made);
    return made.port;
  }
  const link = links.get(what.link);
  if ('become' in what) {
    link?.become(what.become);
    return link?.port ?? 0;
  }
  links.delete(what.link);
  await link?.close();
  return 0;
}
