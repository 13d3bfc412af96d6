import { randomUUID } from 'node:crypto';
import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Core } from '../../core/core.ts';
import { type Beat, beatNode, buryNode, enterNode } from '../../core/users/nodes.ts';

const beatEvery = 5000;
/**
 * Looks of this node after which another one is dead that has not counted on. They are counted by what this node did
 * itself: neither a clock that jumps nor a pause of its own makes others look dead.
 */
const deadAfter = 4;

export interface NodeLifeOptions {
  core: Core;
  account: Sid<'AC'>;
  logger: Logger;
  /** This node has a name now, by which nothing is noted yet. */
  entered(): void;
  /** Another one is dead. */
  buried(): void;
}

/** Says that this node lives, and sees which others do not any more. */
export class NodeLife {
  readonly #options: NodeLifeOptions;
  readonly #others = new Map<string, { beat: number; looks: number }>();
  /** Undefined until it is noted, and when it was taken for dead. */
  #node: string | undefined;
  #work: Promise<void> = Promise.resolve();
  #callOff: () => void = () => {};
  #stopped = false;

  constructor(options: NodeLifeOptions) {
    this.#options = options;
  }

  get node(): string | undefined {
    return this.#node;
  }

  start(): void {
    this.#work = this.#live().finally(() => this.#arm());
  }

  /** It was taken for dead: it begins again under another name. */
  lost(): void {
    this.#node = undefined;
    this.#callOff();
    if (!this.#stopped) this.start();
  }

  /** Resolves when what is under way is done. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Says nothing more. Others take it for dead in a while: until then its users may have come back elsewhere. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff();
    return this.#work;
  }

  #arm(): void {
    if (this.#stopped) return;
    const { clock } = this.#options.core;
    this.#callOff();
    this.#callOff = clock.at(clock.now() + beatEvery, () => this.start());
  }

  async #live(): Promise<void> {
    const { core, account, logger, entered, buried } = this.#options;
    const actor = { kind: 'system', account } as const;
    try {
      if (this.#node === undefined) {
        const node = randomUUID();
        await core.run(enterNode, actor, { node });
        this.#node = node;
        entered();
      }
      const beats = await core.run(beatNode, actor, { node: this.#node });
      if (!beats) return this.lost();
      for (const dead of this.#look(beats)) {
        if (!(await core.run(buryNode, actor, dead))) continue;
        logger.info({ node: dead.node }, 'a node has ended: whoever was connected to it is no more');
        buried();
      }
    } catch (error) {
      logger.error({ error }, 'that this node lives could not be noted; it is tried again');
    }
  }

  /** @returns those that have not counted on for long enough */
  #look(beats: readonly Beat[]): Beat[] {
    const dead: Beat[] = [];
    const there = new Set(beats.map(({ node }) => node));
    for (const node of this.#others.keys()) if (!there.has(node)) this.#others.delete(node);
    for (const one of beats) {
      if (one.node === this.#node) continue;
      const known = this.#others.get(one.node);
      const looks = known?.beat === one.beat ? known.looks + 1 : 0;
      this.#others.set(one.node, { beat: one.beat, looks });
      if (looks >= deadAfter) dead.push(one);
    }
    return dead;
  }
}
