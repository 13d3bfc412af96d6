import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import { listTemplates } from '../../core/content/actions.ts';
import { templateResource } from '../../core/content/resource.ts';
import { define, pageLimit, pageNext } from './define.ts';
import type { Method } from './method.ts';
import { presentPage, readCursor } from './present.ts';

export const contentMethods = {
  // Every user may send what a template says, so every user may know of it.
  'content.list': define(
    'content.list',
    z.object({ next: pageNext, limit: pageLimit }),
    async ({ core, actor }, { next, limit }) => {
      const request = { limit: limit ?? limits.defaultPageSize, cursor: readCursor(next) };
      return presentPage(await listTemplates(core.db, actor.account, request), templateResource);
    },
  ),
} satisfies Partial<Record<string, Method>>;
