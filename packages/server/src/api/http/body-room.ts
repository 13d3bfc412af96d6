import type { FastifyReply, FastifyRequest } from 'fastify';
import { tooMany } from '../../core/rates/too-many.ts';

/** What all bodies under way may have; bytes. */
const mostBytes = 64 * 1024 * 1024;
/** Nearly all are smaller. They take little more than their connections, and never wait for those who fill the room. */
const smallBytes = 16 * 1024;
const retry = 5000;

/** What the bodies of requests may take while they arrive and are worked on: strangers may begin as many as they like. */
export class BodyRoom {
  #bytes = 0;

  /**
   * Keeps room until the request ends.
   *
   * @param limit what a body may have that does not say how large it is
   * @throws Refusal 20503 where there is none
   */
  enter({ headers }: FastifyRequest, reply: FastifyReply, limit: number): void {
    const declared = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : limit;
    const bytes = Math.min(declared, limit);
    if (bytes <= smallBytes) return;
    if (this.#bytes + bytes > mostBytes) throw tooMany(20503, retry);
    this.#bytes += bytes;
    reply.raw.once('close', () => {
      this.#bytes -= bytes;
    });
  }
}
