import { randomUUID } from 'node:crypto';
import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Core } from '../core/core.ts';
import { type Beat, beatNode, buryNode, enterNode } from '../core/nodes.ts';
import { ToldLately } from '../telemetry/logs/told-lately.ts';

/** How often it says so; milliseconds. */
const beatEvery = 2000;
/**
 * Looks of this node after which another one is dead that has not counted on and is not connected to the database any
 * more, as when its process was killed; and after which it is that only says nothing, as when it stands still. They are
 * counted by what this node did itself: neither a clock that jumps nor a pause of its own makes others look dead.
 */
const goneAfter = 4;
const silentAfter = 10;
/**
 * A node that could not count on for so long gives up what it is at, before others may take that over: sooner than
 * `goneAfter` looks take. Milliseconds.
 */
const unsureAfter = 5000;

export interface NodeLifeOptions {
  core: Core;
  account: Sid<'AC'>;
  logger: Logger;
  /** Counts milliseconds, whatever is done to the clock: the database's goes back where another machine takes over. */
  monotonic?: (() => number) | undefined;
}

export interface NodeWatcher {
  /** This node has a name now, by which nothing is noted yet. */
  entered?(): void;
  /** Another one is dead. */
  buried?(): void;
  /** Others may take this one for dead by now. */
  unsure?(): void;
  /** Nobody takes this one for dead, for the first time or again. */
  sure?(): void;
}

/** Says that this node lives, and sees which others do not any more. */
export class NodeLife {
  readonly #options: NodeLifeOptions;
  readonly #monotonic: () => number;
  readonly #watchers: NodeWatcher[] = [];
  readonly #others = new Map<string, { beat: number; looks: number }>();
  /** Undefined until it is noted, and when it was taken for dead. */
  #node: string | undefined;
  /** Gives back the name that it holds as long as it is connected to the database. */
  #release: (() => Promise<void>) | undefined;
  #work: Promise<void> = Promise.resolve();
  #callOff: () => void = () => {};
  #callOffDoubt: () => void = () => {};
  /** Until when nobody takes this node for dead; by the monotonic clock. */
  #sureUntil = Number.NEGATIVE_INFINITY;
  readonly #told: ToldLately;
  #stopped = false;

  constructor(options: NodeLifeOptions) {
    this.#options = options;
    this.#told = new ToldLately(options.core.clock);
    this.#monotonic = options.monotonic ?? (() => performance.now());
  }

  /** Its name; undefined while it has none. */
  get node(): string | undefined {
    return this.#node;
  }

  /**
   * Is it certain that nobody takes this node for dead? By the clock: a process that stood still goes on with what it was
   * at before its timers say anything.
   */
  get isSure(): boolean {
    return this.#node !== undefined && this.#monotonic() < this.#sureUntil;
  }

  /** @param watcher told from now on */
  watch(watcher: NodeWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Behind what is under way: two at the same time would begin under a name each, of which one is held for nobody. */
  start(): void {
    this.#work = this.#work.then(() => this.#live()).finally(() => this.#arm());
  }

  /**
   * It was taken for dead: it begins again under another name.
   *
   * @param node by which it was asked for; one that it has not any more was found to be dead before
   */
  lost(node: string): void {
    if (node !== this.#node) return;
    this.#node = undefined;
    this.#callOff();
    this.#tell('unsure');
    if (!this.#stopped) this.start();
  }

  /** Resolves when what is under way is done. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Does another one work on this database? One that has stopped or was killed does not, though nobody has noted that yet. */
  async hasOthers(): Promise<boolean> {
    const nodes = await this.#options.core.db.sql.selectFrom('nodes').select('node').execute();
    for (const { node } of nodes) if (node !== this.#node && !(await this.#isGone(node))) return true;
    return false;
  }

  /** Says nothing more. Others take it for dead in a while: until then its users may have come back elsewhere. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff();
    this.#callOffDoubt();
    return this.#work;
  }

  #tell(what: keyof NodeWatcher): void {
    for (const watcher of this.#watchers) watcher[what]?.();
  }

  #arm(): void {
    if (this.#stopped) return;
    const { clock } = this.#options.core;
    this.#callOff();
    this.#callOff = clock.at(clock.now() + beatEvery, () => this.start());
  }

  async #live(): Promise<void> {
    if (this.#stopped) return;
    const { core, account, logger } = this.#options;
    const actor = { kind: 'system', account } as const;
    try {
      if (this.#node === undefined) await this.#enter();
      const node = this.#node ?? '';
      // Held first: a node is never seen without it that has not lost it.
      if (!this.#release) await this.#hold(node);
      const since = this.#monotonic();
      const beats = await core.run(beatNode, actor, { node });
      if (!beats) return this.lost(node);
      const { isSure: wasSure } = this;
      this.#sureUntil = since + unsureAfter;
      this.#callOffDoubt();
      const left = this.#sureUntil - this.#monotonic();
      if (!this.#stopped) this.#callOffDoubt = core.clock.at(core.clock.now() + left, () => this.#tell('unsure'));
      // It stood still while it said so.
      if (!this.isSure && !this.#stopped) return await this.#live();
      if (!wasSure) this.#tell('sure');
      for (const { looks, ...beat } of this.#look(beats)) {
        const isGone = looks >= goneAfter && (await this.#isGone(beat.node));
        if (!isGone && looks < silentAfter) continue;
        if (!(await core.run(buryNode, actor, { ...beat, isGone }))) continue;
        logger.info({ node: beat.node }, 'a node has ended: whoever was connected to it is no more');
        this.#tell('buried');
      }
    } catch (error) {
      if (!this.#told.has(error)) logger.error({ error }, 'that this node lives could not be noted; it is tried again');
    }
  }

  async #enter(): Promise<void> {
    const { core, account } = this.#options;
    const former = this.#release;
    this.#release = undefined;
    await former?.();
    const node = randomUUID();
    await this.#hold(node);
    await core.run(enterNode, { kind: 'system', account }, { node });
    this.#node = node;
    this.#tell('entered');
  }

  async #hold(node: string): Promise<void> {
    let isLost = false;
    const release = await this.#options.core.claim(heldName(node), () => {
      isLost = true;
      this.#release = undefined;
    });
    if (!isLost) this.#release = release;
  }

  /** Is its connection to the database at an end, with which it holds its name? */
  async #isGone(node: string): Promise<boolean> {
    const release = await this.#options.core.claim(heldName(node), () => {});
    await release?.();
    return release !== undefined;
  }

  /** @returns the others, and for how many looks each has not counted on */
  #look(beats: readonly Beat[]): (Beat & { looks: number })[] {
    const there = new Set(beats.map(({ node }) => node));
    for (const node of this.#others.keys()) if (!there.has(node)) this.#others.delete(node);
    return beats.flatMap((one) => {
      if (one.node === this.#node) return [];
      const known = this.#others.get(one.node);
      const looks = known?.beat === one.beat ? known.looks + 1 : 0;
      this.#others.set(one.node, { beat: one.beat, looks });
      return [{ ...one, looks }];
    });
  }
}

function heldName(node: string): string {
  return `node ${node}`;
}
