/** Started by `links.ts`: keeps links, and does with them what it is told. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Link, type LinkState } from './link.ts';

export type Order =
  | { open: number; target: number }
  | { of: number; become: Partial<LinkState> }
  | { of: number; close: true };

/** A link is open, or closed. */
export type News = { opened: number; port: number } | { closed: number };

const port = parentPort as MessagePort;
const links = new Map<number, Link>();

port.on('message', async (order: Order) => {
  if ('open' in order) {
    const link = await Link.open(order.target);
    links.set(order.open, link);
    port.postMessage({ opened: order.open, port: link.port } satisfies News);
    return;
  }
  const link = links.get(order.of);
  if ('become' in order) {
    link?.become(order.become);
    return;
  }
  links.delete(order.of);
  await link?.close();
  port.postMessage({ closed: order.of } satisfies News);
});
