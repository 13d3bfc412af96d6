import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { compilerOptions, programOf } from './emitted.ts';
import { membersUsed } from './members-used.ts';

const directory = new URL('./moving-program/', import.meta.url).pathname;
const paths = readdirSync(directory).map((name) => join(directory, name));

export interface Complaint {
  /** File, line, and what the compiler says. */
  text: string;
  /** What the statement uses of the package it was written for. */
  uses: string[];
}

export class MovingProgram {
  readonly #program = programOf(paths, new Map());

  /** All that it uses of the package it was written for. */
  get uses(): Set<string> {
    const statements = paths.flatMap((path) => [...membersUsed(this.#program, path).values()]);
    return new Set(statements.flatMap((names) => [...names]));
  }

  /** What the compiler has against it as it stands. */
  complaints(): Complaint[] {
    return this.#complaintsOf(this.#program);
  }

  /** What the compiler has against it after nothing was changed but the name of the package. */
  complaintsAfterMoving(): Complaint[] {
    const moved = paths.map((path) => {
      const text = ts.sys.readFile(path) as string;
      return [path, text.replace("'@twilio/conversations'", "'@colloquy/client'")] as const;
    });
    return this.#complaintsOf(programOf(paths, new Map(moved), { ...compilerOptions }));
  }

  #complaintsOf(program: ts.Program): Complaint[] {
    return paths.flatMap((path) => {
      const statements = [...membersUsed(this.#program, path)];
      const file = program.getSourceFile(path) as ts.SourceFile;
      const written = this.#program.getSourceFile(path) as ts.SourceFile;
      return ts.getPreEmitDiagnostics(program, file).map((diagnostic) => {
        const { line, character } = file.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
        const at = written.getPositionOfLineAndCharacter(line, character);
        const around = statements.filter(([statement]) => statement.getStart() <= at && at < statement.getEnd());
        const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
        const imported = /exported member (?:named )?'(\w+)'/.exec(message)?.[1];
        return {
          text: `${path.slice(directory.length)}:${line + 1}: ${message}`,
          uses: [...(around.at(-1)?.[1] ?? []), ...(imported ? [imported] : [])],
        };
      });
    });
  }
}
