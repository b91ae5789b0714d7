import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { languageForPage, languageInUse } from '../../wording/language.ts';

/** Where the bundles of pages lie, which is all that a page may load. */
export function pageFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist');
}

/**
 * The page of a webview: it runs one bundle and nothing else.
 *
 * @param bundle name of its script and its style, and id of the element that it draws in
 * @param title our own words: it is put into the page as it is
 */
export function webviewPage(webview: vscode.Webview, folder: vscode.Uri, bundle: string, title: string): string {
  const nonce = randomBytes(16).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(folder, `${bundle}.js`)).toString();
  const style = webview.asWebviewUri(vscode.Uri.joinPath(folder, `${bundle}.css`)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${languageInUse().locale}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="${style}">
<title>${title}</title>
</head>
<body>
<div id="${bundle}"></div>
<script type="application/json" id="language">${languageForPage()}</script>
<script nonce="${nonce}" type="module" src="${script}"></script>
</body>
</html>`;
}
