import type { Carrier, Receiver } from '../bus/shared/carrier.ts';

/** What happens to one message on its way to one node. */
export type Fate = 'arrives' | 'is lost' | 'comes twice' | 'waits';

/** Carries between nodes of one process, and does to each message what the test has decided. */
export class LossyNetwork {
  readonly #nodes = new Set<{ topics: Set<string>; receiver: Receiver }>();
  readonly #underWay: (() => void)[] = [];
  readonly #fate: () => Fate;
  /** Nobody reaches anybody. */
  isDown = false;

  constructor(fate: () => Fate) {
    this.#fate = fate;
  }

  join(maxBytes = 1024 * 1024): Carrier {
    const network = this;
    const topics = new Set<string>();
    let own: { topics: Set<string>; receiver: Receiver } | undefined;
    return {
      get isConnected() {
        return own !== undefined && !network.isDown;
      },
      maxBytes,
      start: (receiver) => {
        own = { topics, receiver };
        network.#nodes.add(own);
      },
      listen: async (added) => {
        await new Promise(setImmediate);
        for (const topic of added) topics.add(topic);
      },
      unlisten: (removed) => {
        for (const topic of removed) topics.delete(topic);
      },
      send: (topic, message) => {
        for (const node of network.#nodes) if (node !== own) network.#send(node, topic, message);
      },
      close: async () => {
        if (own) network.#nodes.delete(own);
      },
    };
  }

  /** One of those that wait arrives, whichever was chosen. */
  deliverOne(choice: number): void {
    this.#underWay.splice(choice % Math.max(1, this.#underWay.length), 1)[0]?.();
  }

  reconnect(): void {
    this.isDown = false;
    for (const { receiver } of this.#nodes) receiver.connected();
  }

  #send(node: { topics: Set<string>; receiver: Receiver }, topic: string, message: Uint8Array): void {
    const arrive = () => {
      if (!this.isDown && node.topics.has(topic)) node.receiver.receive(topic, message);
    };
    switch (this.#fate()) {
      case 'is lost':
        return;
      case 'comes twice':
        arrive();
        this.#underWay.push(arrive);
        return;
      case 'waits':
        this.#underWay.push(arrive);
        return;
      default:
        arrive();
    }
  }
}
