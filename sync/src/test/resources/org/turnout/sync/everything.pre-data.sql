--
-- PostgreSQL database dump
--

\restrict EELB801Ccq32aNOvfrQGZadAg6prZkzLyBRX0iIu6rNR3lgmFiFSx4TINVJeHUL

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
-- Name: Odd Names; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "Odd Names";


ALTER SCHEMA "Odd Names" OWNER TO postgres;

--
-- Name: public; Type: SCHEMA; Schema: -; Owner: postgres
--

-- *not* creating schema, since initdb creates it


ALTER SCHEMA public OWNER TO postgres;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok',
    'happy'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: feeling; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.feeling AS public.mood;


ALTER DOMAIN public.feeling OWNER TO postgres;

--
-- Name: percentage; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.percentage AS numeric(5,2)
	CONSTRAINT percentage_check CHECK (((VALUE >= (0)::numeric) AND (VALUE <= (100)::numeric)));


ALTER DOMAIN public.percentage OWNER TO postgres;

--
-- Name: place; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.place AS (
	street text,
	number integer,
	mood public.mood
);


ALTER TYPE public.place OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.name := NEW.name || '; touched';
  RETURN NEW;
END
$$;


ALTER FUNCTION public.touch() OWNER TO postgres;

SET default_table_access_method = heap;

--
-- Name: Mixed "Case"; Type: TABLE; Schema: Odd Names; Owner: postgres
--

CREATE TABLE "Odd Names"."Mixed ""Case""" (
    "Key" integer NOT NULL,
    "Second Key" text NOT NULL,
    "Value" text
);


ALTER TABLE "Odd Names"."Mixed ""Case""" OWNER TO postgres;

--
-- Name: customers; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.customers (
    id bigint NOT NULL,
    name text NOT NULL,
    mood public.mood,
    moods public.mood[],
    feeling public.feeling,
    discount public.percentage,
    home public.place,
    attributes jsonb,
    raw json,
    tags text[],
    matrix integer[],
    balance numeric,
    ratio double precision,
    small real,
    born date,
    seen timestamp with time zone,
    local timestamp without time zone,
    span interval,
    active boolean,
    token uuid,
    address inet,
    bits bit varying(12),
    during tstzrange,
    relation regclass,
    picture bytea,
    letters character(5),
    name_length integer GENERATED ALWAYS AS (length(name)) STORED
);
ALTER TABLE ONLY public.customers ALTER COLUMN picture SET STORAGE EXTERNAL;


ALTER TABLE public.customers OWNER TO postgres;

--
-- Name: customers_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: downwards; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.downwards
    START WITH -1
    INCREMENT BY -1
    MINVALUE -1000000
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.downwards OWNER TO postgres;

--
-- Name: empty_table; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.empty_table (
    id integer NOT NULL,
    value text
);


ALTER TABLE public.empty_table OWNER TO postgres;

--
-- Name: happy; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.happy AS
 SELECT customers.id,
    customers.name
   FROM public.customers
  WHERE (customers.mood = 'happy'::public.mood);


ALTER TABLE public.happy OWNER TO postgres;

--
-- Name: many; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.many (
    id integer NOT NULL,
    value text
);


ALTER TABLE public.many OWNER TO postgres;

--
-- Name: orders; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders (
    id integer NOT NULL,
    customer bigint NOT NULL,
    placed timestamp with time zone DEFAULT now() NOT NULL,
    total numeric(12,2) NOT NULL
)
PARTITION BY RANGE (placed);


ALTER TABLE public.orders OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.orders_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.orders_id_seq OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;


--
-- Name: orders_2024; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_2024 (
    id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    customer bigint NOT NULL,
    placed timestamp with time zone DEFAULT now() NOT NULL,
    total numeric(12,2) NOT NULL
);


ALTER TABLE public.orders_2024 OWNER TO postgres;

--
-- Name: orders_2025; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_2025 (
    id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    customer bigint NOT NULL,
    placed timestamp with time zone DEFAULT now() NOT NULL,
    total numeric(12,2) NOT NULL
)
PARTITION BY HASH (id);


ALTER TABLE public.orders_2025 OWNER TO postgres;

--
-- Name: orders_2025_a; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_2025_a (
    id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    customer bigint NOT NULL,
    placed timestamp with time zone DEFAULT now() NOT NULL,
    total numeric(12,2) NOT NULL
);


ALTER TABLE public.orders_2025_a OWNER TO postgres;

--
-- Name: orders_2025_b; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_2025_b (
    id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    customer bigint NOT NULL,
    placed timestamp with time zone DEFAULT now() NOT NULL,
    total numeric(12,2) NOT NULL
);


ALTER TABLE public.orders_2025_b OWNER TO postgres;

--
-- Name: orders_rest; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_rest (
    id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    customer bigint NOT NULL,
    placed timestamp with time zone DEFAULT now() NOT NULL,
    total numeric(12,2) NOT NULL
);


ALTER TABLE public.orders_rest OWNER TO postgres;

--
-- Name: standalone; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.standalone
    START WITH 1000
    INCREMENT BY 5
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.standalone OWNER TO postgres;

--
-- Name: totals; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.totals AS
 SELECT orders.customer,
    sum(orders.total) AS total
   FROM public.orders
  GROUP BY orders.customer
  WITH NO DATA;


ALTER TABLE public.totals OWNER TO postgres;

--
-- Name: untouched; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.untouched
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.untouched OWNER TO postgres;

--
-- Name: orders_2024; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_2024 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');


--
-- Name: orders_2025; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_2025 FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');


--
-- Name: orders_2025_a; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2025 ATTACH PARTITION public.orders_2025_a FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: orders_2025_b; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2025 ATTACH PARTITION public.orders_2025_b FOR VALUES WITH (modulus 2, remainder 1);


--
-- Name: orders_rest; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_rest DEFAULT;


--
-- Name: orders id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: postgres
--

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO PUBLIC;


--
-- PostgreSQL database dump complete
--

\unrestrict EELB801Ccq32aNOvfrQGZadAg6prZkzLyBRX0iIu6rNR3lgmFiFSx4TINVJeHUL

