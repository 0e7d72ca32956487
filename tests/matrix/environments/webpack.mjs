import { bundled } from '../bundled.mjs';
import { versionOf } from '../setting.mjs';

const COMMAND = ['webpack', '--mode', 'production', '--entry', './main.js', '--output-path', 'dist'];

export const webpack = [
  { name: 'webpack', title: 'webpack', version: () => versionOf('bundlers', 'webpack'), run: bundled('webpack', COMMAND) },
];
