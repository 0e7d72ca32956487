// A CommonJS module gets the declarations for `require`.

import smartLaunch = require('smart-launch');
import fhirclient = require('smart-launch/fhirclient');
import formPost = require('smart-launch/form-post');
import isolated = require('smart-launch/isolated');
import react = require('smart-launch/react');
import slim = require('smart-launch/slim');

export const entries = [
  smartLaunch.createSmartClient,
  fhirclient.oauth2.ready,
  formPost.postedCallback,
  isolated.createIsolatedSmartClient,
  react.SmartProvider,
  slim.setWasm,
];
