// A CommonJS module gets the declarations for `require`.

import smartLaunch = require('smart-launch');
import angular = require('smart-launch/angular');
import brands = require('smart-launch/brands');
import fhirclient = require('smart-launch/fhirclient');
import formPost = require('smart-launch/form-post');
import isolated = require('smart-launch/isolated');
import react = require('smart-launch/react');
import server = require('smart-launch/server');
import postgres = require('smart-launch/server-postgres');
import redis = require('smart-launch/server-redis');
import slim = require('smart-launch/slim');
import svelte = require('smart-launch/svelte');
import vue = require('smart-launch/vue');

export const entries = [
  smartLaunch.createSmartClient,
  angular.injectSmart,
  brands.loadBrands,
  fhirclient.oauth2.ready,
  formPost.postedCallback,
  isolated.createIsolatedSmartClient,
  react.SmartProvider,
  server.createSmartServer,
  postgres.postgresStore,
  redis.redisStore,
  slim.setWasm,
  svelte.smartState,
  vue.useSmart,
];
