--
-- PostgreSQL database dump
--

\restrict yTOGxwMlgl7nWErOsdRxGXV3fUvopGhrFJQWdWbhARZRrrm5n1DAZW0ZIqjLimO

-- Dumped from database version 14.24
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: Mixed "Case" a key; Type: CONSTRAINT; Schema: Odd Names; Owner: postgres
--

ALTER TABLE ONLY "Odd Names"."Mixed ""Case"""
    ADD CONSTRAINT "a key" UNIQUE ("Key", "Second Key");

ALTER TABLE ONLY "Odd Names"."Mixed ""Case""" REPLICA IDENTITY USING INDEX "a key";


--
-- Name: customers customers_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);


--
-- Name: empty_table empty_table_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.empty_table
    ADD CONSTRAINT empty_table_pkey PRIMARY KEY (id);


--
-- Name: many many_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.many
    ADD CONSTRAINT many_pkey PRIMARY KEY (id);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id, placed);


--
-- Name: orders_2024 orders_2024_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2024
    ADD CONSTRAINT orders_2024_pkey PRIMARY KEY (id, placed);


--
-- Name: orders_2025 orders_2025_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2025
    ADD CONSTRAINT orders_2025_pkey PRIMARY KEY (id, placed);


--
-- Name: orders_2025_a orders_2025_a_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2025_a
    ADD CONSTRAINT orders_2025_a_pkey PRIMARY KEY (id, placed);


--
-- Name: orders_2025_b orders_2025_b_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2025_b
    ADD CONSTRAINT orders_2025_b_pkey PRIMARY KEY (id, placed);


--
-- Name: orders_rest orders_rest_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_rest
    ADD CONSTRAINT orders_rest_pkey PRIMARY KEY (id, placed);


--
-- Name: customers_name_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX customers_name_idx ON public.customers USING btree (name);


--
-- Name: orders_2024_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_2024_pkey;


--
-- Name: orders_2025_a_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_2025_pkey ATTACH PARTITION public.orders_2025_a_pkey;


--
-- Name: orders_2025_b_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_2025_pkey ATTACH PARTITION public.orders_2025_b_pkey;


--
-- Name: orders_2025_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_2025_pkey;


--
-- Name: orders_rest_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_rest_pkey;


--
-- Name: customers touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER touch BEFORE INSERT ON public.customers FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: orders orders_customer_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE public.orders
    ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES public.customers(id);


--
-- PostgreSQL database dump complete
--

\unrestrict yTOGxwMlgl7nWErOsdRxGXV3fUvopGhrFJQWdWbhARZRrrm5n1DAZW0ZIqjLimO

