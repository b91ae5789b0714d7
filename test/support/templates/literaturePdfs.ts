import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PDFDocument, StandardFonts, type PDFFont } from 'pdf-lib';

/**
 * Makes the PDFs of the literature template: `node test/support/templates/literaturePdfs.ts`. The papers are made up; what they
 * refer to is real, but for one book that no catalogue has.
 */

interface Paper {
  readonly file: string;
  readonly title: string;
  readonly author: string;
  readonly paragraphs: readonly string[];
  readonly references: readonly string[];
}

const papers: readonly Paper[] = [
  {
    file: 'distributed-systems.pdf',
    title: 'What Two Clocks Can Agree On',
    author: 'Ines Carvalho',
    paragraphs: [
      'Whoever has two clocks never knows the time. This note goes back to the papers that made a science of that complaint and asks what a reader without a background in distributed systems should take from each of them.',
      'Order comes before time [1], agreement is possible only among enough honest partners [2], and processes that share nothing but messages are easier to reason about than those that share a memory [3]. Storage followed the same way: first a model that says what data mean [5], then machinery that spreads the work [4].',
    ],
    references: [
      'Lamport, L. (1978). Time, clocks, and the ordering of events in a distributed system. Communications of the ACM, 21(7), 558-565. doi:10.1145/359545.359563',
      'Lamport, L., Shostak, R., & Pease, M. (1982). The Byzantine generals problem. ACM Transactions on Programming Languages and Systems, 4(3), 382-401.',
      'Hoare, C. A. R. (1978). Communicating sequential processes. Communications of the ACM, 21(8), 666-677. doi:10.1145/359576.359585',
      'Dean, J., & Ghemawat, S. (2008). MapReduce: simplified data processing on large clusters. Communications of the ACM, 51(1), 107-113.',
      'Codd, E. F. (1970). A relational model of data for large shared data banks. Communications of the ACM, 13(6), 377-387. doi:10.1145/362384.362685',
    ],
  },
  {
    file: 'information-and-life.pdf',
    title: 'Messages, Machines and Molecules',
    author: 'Tom Finch',
    paragraphs: [
      'Three ideas of the last century turned out to be one: that a message can be measured [1], that a machine can be described by what it reads and writes [2], and that living things carry their description with them [3].',
      'Simulation gave all three a laboratory [4], and learning machines have since become its largest tenant [5]. What towns know of themselves is another matter [6].',
    ],
    references: [
      'Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal, 27(3), 379-423. https://doi.org/10.1002/j.1538-7305.1948.tb01338.x',
      'Turing, A. M. (1937). On computable numbers, with an application to the Entscheidungsproblem. Proceedings of the London Mathematical Society, s2-42(1), 230-265.',
      'Watson, J. D., & Crick, F. H. C. (1953). Molecular structure of nucleic acids: a structure for deoxyribose nucleic acid. Nature, 171(4356), 737-738. https://doi.org/10.1038/171737a0',
      'Metropolis, N., Rosenbluth, A. W., Rosenbluth, M. N., Teller, A. H., & Teller, E. (1953). Equation of state calculations by fast computing machines. The Journal of Chemical Physics, 21(6), 1087-1092.',
      'LeCun, Y., Bengio, Y., & Hinton, G. (2015). Deep learning. Nature, 521(7553), 436-444. https://doi.org/10.1038/nature14539',
      'Riverbend, M. (2019). How towns remember their rivers. Oakum Press.',
    ],
  },
  {
    file: 'learning-machines.pdf',
    title: 'A Short Walk Through Learning Machines',
    author: 'Marta Morrow',
    paragraphs: [
      'The question whether machines can think was set aside as soon as it was asked [1], in favour of one that can be answered. The answers of the last decades share a shape: layers that learn what to pass on [2, 3], a memory that learns what to keep [4], and attention, which learns where to look [5].',
      'The walk is short on purpose. Each section names one paper, what it changed, and what a reader may skip.',
    ],
    references: [
      'Turing, A. M. (1950). Computing machinery and intelligence. Mind, LIX(236), 433-460. doi:10.1093/mind/LIX.236.433',
      'LeCun, Y., Bengio, Y., & Hinton, G. (2015). Deep learning. Nature, 521(7553), 436-444. doi:10.1038/nature14539',
      'He, K., Zhang, X., Ren, S., & Sun, J. (2016). Deep residual learning for image recognition. 2016 IEEE Conference on Computer Vision and Pattern Recognition (CVPR), 770-778. doi:10.1109/CVPR.2016.90',
      'Hochreiter, S., & Schmidhuber, J. (1997). Long short-term memory. Neural Computation, 9(8), 1735-1780.',
      'Vaswani, A., Shazeer, N., Parmar, N., Uszkoreit, J., Jones, L., Gomez, A. N., Kaiser, L., & Polosukhin, I. (2017). Attention is all you need. arXiv. doi:10.48550/arXiv.1706.03762',
    ],
  },
];

const folder = join(import.meta.dirname, '../../../media/templates/pipelines/literature/pdfs');
const page = { width: 595, height: 842, margin: 72 };
/** The same bytes whenever they are made. */
const made = new Date(Date.UTC(2026, 0, 5));

function linesOf(text: string, font: PDFFont, size: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && font.widthOfTextAtSize(longer, size) <= page.width - 2 * page.margin)
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

async function pdfOf({ title, author, paragraphs, references }: Paper): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.setTitle(title);
  pdf.setAuthor(author);
  pdf.setCreationDate(made);
  pdf.setModificationDate(made);
  const [plain, bold] = [
    await pdf.embedFont(StandardFonts.TimesRoman),
    await pdf.embedFont(StandardFonts.TimesRomanBold),
  ];
  let sheet = pdf.addPage([page.width, page.height]);
  let y = page.height - page.margin;
  const write = (text: string, font: PDFFont, size: number, space: number): void => {
    for (const line of linesOf(text, font, size)) {
      if (y < page.margin) {
        sheet = pdf.addPage([page.width, page.height]);
        y = page.height - page.margin;
      }
      sheet.drawText(line, { x: page.margin, y, size, font });
      y -= 1.3 * size;
    }
    y -= space;
  };
  write(title, bold, 18, 4);
  write(author, plain, 12, 14);
  for (const paragraph of paragraphs) write(paragraph, plain, 11, 8);
  write('References', bold, 13, 4);
  for (const [place, reference] of references.entries()) write(`[${place + 1}] ${reference}`, plain, 10, 4);
  return pdf.save();
}

mkdirSync(folder, { recursive: true });
for (const paper of papers) writeFileSync(join(folder, paper.file), await pdfOf(paper));
