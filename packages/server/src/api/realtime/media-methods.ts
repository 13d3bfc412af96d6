import { isSid } from '@colloquy/protocol';
import { z } from 'zod';
import { findMedia } from '../../core/media/access.ts';
import { refuse } from '../../core/refusal.ts';
import { temporary } from '../../media/links.ts';
import { define, text } from './define.ts';
import type { Method } from './method.ts';

const most = 100;

export const mediaMethods = {
  'media.links': define(
    'media.links',
    z.object({ media: z.array(text.max(34)).max(most) }),
    async ({ core, actor, caller, links }, params) => {
      const expires = core.clock.now() + temporary * 1000;
      const urls: Record<string, string> = {};
      for (const sid of params.media) {
        if (!isSid(sid, 'ME') || !(await findMedia(core.db, actor, actor.service, sid))) continue;
        urls[sid] = links.make(caller.address, sid, expires);
      }
      const [media] = params.media;
      // Whoever asks for one is told what is wrong with it.
      if (media !== undefined && !Object.keys(urls).length) throw refuse(50507, { media });
      return { urls };
    },
  ),
} satisfies Partial<Record<string, Method>>;
