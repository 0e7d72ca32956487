// A CommonJS module gets the declarations for `require`.

import smartLaunch = require('smart-launch');
import angular = require('smart-launch/angular');
import appState = require('smart-launch/app-state');
import brands = require('smart-launch/brands');
import fhirclient = require('smart-launch/fhirclient');
import formPost = require('smart-launch/form-post');
import isolated = require('smart-launch/isolated');
import messages = require('smart-launch/messages');
import german = require('smart-launch/messages-de');
import react = require('smart-launch/react');
import server = require('smart-launch/server');
import postgres = require('smart-launch/server-postgres');
import redis = require('smart-launch/server-redis');
import slim = require('smart-launch/slim');
import svelte = require('smart-launch/svelte');
import vue = require('smart-launch/vue');
import style = require('smart-launch/style');

export const entries = [
  smartLaunch.createSmartClient,
  angular.injectSmart,
  appState.createAppState,
  brands.loadBrands,
  style.loadSmartStyle,
  fhirclient.oauth2.ready,
  formPost.postedCallback,
  isolated.createIsolatedSmartClient,
  messages.messageFor,
  german.german.network,
  react.SmartProvider,
  server.createSmartServer,
  postgres.postgresStore,
  redis.redisStore,
  slim.setWasm,
  svelte.smartState,
  vue.useSmart,
];
