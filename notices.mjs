import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of a package that say what its licence asks to be passed on. */
const licenceFile = /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i;
/** The innermost package that a path lies in. */
const packageFolder = /^(.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * What the licences of bundled packages ask to be passed on, as a text: name, version, licence, source and the texts that
 * the packages bring.
 *
 * @param inputs paths of the files that bundles are made of, as esbuild's metafile names them
 * @param folders of packages of which files are copied as they are
 * @throws for a package that does not name its licence, or brings no text of one that we have no text of
 */
export async function thirdPartyNotices(inputs, folders) {
  const found = [...inputs].flatMap((path) => packageFolder.exec(path.replace(/^[\w-]+:/, ''))?.[1] ?? []);
  const real = await Promise.all([...new Set([...found, ...folders])].map((folder) => realpath(folder)));
  const packages = await Promise.all([...new Set(real)].map(readPackage));
  const known = new Map(packages.map((each) => [`${each.name} ${each.version}`, each]));
  const sorted = [...known.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const head =
    'Parallel Candidates is made with the packages below. Each is under a licence of its own, whose text follows it.\n' +
    'Their source is at the address that is named with each. They are bundled and made smaller, and otherwise unchanged.\n';
  return [head, ...sorted.map(sectionOf)].join(`\n${'='.repeat(80)}\n\n`);
}

async function readPackage(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const { name, version, license, repository, homepage } = manifest;
  const licence = typeof license === 'string' ? license : license?.type;
  if (licence === undefined) throw new Error(`The package ${name} does not name its licence.`);
  const files = (await readdir(folder)).filter((file) => licenceFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const source = sourceOf(repository) ?? homepage ?? `https://www.npmjs.com/package/${name}`;
  return { name, version, licence, source, texts, author: nameOf(manifest.author) };
}

function sourceOf(repository) {
  const address = typeof repository === 'string' ? repository : repository?.url;
  if (address === undefined) return undefined;
  const [, short] = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(address) ?? [];
  if (short !== undefined) return `https://github.com/${short}`;
  return address
    .replace(/^git\+/, '')
    .replace(/^git(?:\+ssh)?:\/\/(?:git@)?/, 'https://')
    .replace(/^ssh:\/\/git@/, 'https://')
    .replace(/\.git$/, '');
}

function nameOf(author) {
  return typeof author === 'string' ? author : author?.name;
}

/** Of packages that name this licence and bring no text of it. */
function mit(holder) {
  return `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
}

function sectionOf({ name, version, licence, source, texts, author }) {
  const own = texts.map((text) => text.replace(/\r\n?/g, '\n').trim()).filter((text) => text !== '');
  if (own.length === 0 && licence !== 'MIT') throw new Error(`The package ${name} brings no text of its licence.`);
  const said = own.length > 0 ? own : [mit(author ?? `the authors of ${name}`)];
  return `${name} ${version}\nLicence: ${licence}\nSource: ${source}\n\n${said.join('\n\n')}\n`;
}
