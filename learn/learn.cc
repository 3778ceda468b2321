// learn/learn.cc: neural networks by libtorch, behind C functions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <mutex>
#include <torch/csrc/api/include/torch/version.h>
#include <vector>

namespace
{

const double momentum = 0.9, square_momentum = 0.999,
             tiny = 1e-8; // of Adam, as published
const int64_t rows_at_once = 1024;

// One thread, and only ways of computing that give the same bits each time.
void settle()
{
    static std::once_flag once;
    std::call_once(once, [] {
        at::set_num_threads(1);
        at::globalContext().setDeterministicAlgorithms(true, false);
    });
}

int64_t cells_of(const ia_learn_net &net)
{
    return int64_t(net.maps) * net.height * net.width;
}

// Weights and offsets of each layer, views of one array.
std::vector<at::Tensor> parameters_of(const ia_learn_net &net, at::Tensor flat)
{
    std::vector<at::Tensor> out;
    int64_t maps = net.maps, height = net.height, width = net.width, at = 0;
    auto take = [&](std::vector<int64_t> shape) {
        int64_t n = 1;
        for (int64_t edge : shape)
            n *= edge;
        out.push_back(flat.narrow(0, at, n).view(shape));
        at += n;
    };
    for (int32_t i = 0; i < net.n_layers; i++) {
        int64_t outputs = net.layers[i].outputs;
        if (net.layers[i].kind == IA_LEARN_CONVOLVE) {
            take({outputs, maps, 3, 3});
            height /= 2;
            width /= 2;
        } else {
            take({outputs, maps * height * width});
            height = width = 1;
        }
        take({outputs});
        maps = outputs;
    }
    return out;
}

// Normal numbers of variance 2 / inputs: He et al. 2015, doi:10.1109/ICCV.2015.123.
void begin(std::vector<at::Tensor> &parameters, at::Generator &random)
{
    for (at::Tensor &p : parameters) {
        if (p.dim() == 1)
            p.zero_();
        else
            p.normal_(0, std::sqrt(2.0 / double(p.numel() / p.size(0))), random);
    }
}

at::Tensor drop(const at::Tensor &x, double share, at::Generator &random)
{
    at::Tensor kept = at::empty_like(x).bernoulli_(1 - share, random);
    return x * kept / (1 - share);
}

// Dropout where there is a generator.
at::Tensor forward(const ia_learn_net &net, const std::vector<at::Tensor> &parameters,
                   at::Tensor x, double dropout, at::Generator *random)
{
    x = x.view({-1, net.maps, net.height, net.width});
    for (int32_t i = 0; i < net.n_layers; i++) {
        const at::Tensor &weight = parameters[size_t(2 * i)];
        const at::Tensor &offset = parameters[size_t(2 * i + 1)];
        bool last = i + 1 == net.n_layers;
        if (net.layers[i].kind == IA_LEARN_CONVOLVE) {
            x = at::conv2d(x, weight, offset, 1, 1);
            x = at::max_pool2d(at::relu(x), 2);
            continue;
        }
        x = at::linear(x.flatten(1), weight, offset);
        if (!last)
            x = at::relu(x);
        if (!last && random && dropout > 0)
            x = drop(x, dropout, *random);
    }
    return x;
}

at::Tensor loss_of(const ia_learn_net &net, const at::Tensor &told,
                   const at::Tensor &wanted)
{
    if (net.classes)
        return -(wanted * at::log_softmax(told, 1)).sum(1).mean();
    return at::mse_loss(told, wanted);
}

// Adam: Kingma and Ba 2015, arXiv:1412.6980.
struct adam {
    std::vector<at::Tensor> mean, square;
    int64_t steps = 0;

    explicit adam(const std::vector<at::Tensor> &parameters)
    {
        for (const at::Tensor &p : parameters) {
            mean.push_back(at::zeros_like(p));
            square.push_back(at::zeros_like(p));
        }
    }
    void step(std::vector<at::Tensor> &parameters,
              const std::vector<at::Tensor> &gradients, double rate)
    {
        steps++;
        double first = 1 - std::pow(momentum, double(steps));
        double second = 1 - std::pow(square_momentum, double(steps));
        for (size_t i = 0; i < parameters.size(); i++) {
            mean[i].mul_(momentum).add_(gradients[i], 1 - momentum);
            square[i]
                .mul_(square_momentum)
                .addcmul_(gradients[i], gradients[i], 1 - square_momentum);
            at::Tensor root = (square[i] / second).sqrt_().add_(tiny);
            parameters[i].addcdiv_(mean[i], root, -rate / first);
        }
    }
};

class trainer
{
  public:
    trainer(const ia_learn_net &of, const ia_learn_lesson &by, float *weights, int64_t n)
        : net(of), lesson(by), random(at::detail::createCPUGenerator(by.seed)),
          flat(at::from_blob(weights, {n}, at::kFloat)),
          parameters(parameters_of(of, flat)), optimiser(parameters)
    {
        int64_t n_rows = int64_t(by.n);
        int64_t outputs = of.layers[of.n_layers - 1].outputs;
        rows = at::from_blob(const_cast<float *>(by.rows), {n_rows, cells_of(of)},
                             at::kFloat);
        wanted =
            at::from_blob(const_cast<float *>(by.wanted), {n_rows, outputs}, at::kFloat);
        begin(parameters, random);
    }
    bool run()
    {
        for (size_t epoch = 0; epoch < lesson.epochs; epoch++) {
            at::Tensor order =
                at::randperm(rows.size(0), random, at::TensorOptions(at::kLong));
            for (int64_t at = 0; at < rows.size(0); at += int64_t(lesson.batch))
                learn(order, at, double(epoch));
            double done = double(epoch + 1) / double(lesson.epochs);
            if (lesson.step && !lesson.step(lesson.user, done))
                return false;
        }
        return true;
    }

  private:
    void learn(const at::Tensor &order, int64_t at, double epoch)
    {
        double n = double(rows.size(0));
        int64_t many = std::min(int64_t(lesson.batch), rows.size(0) - at);
        at::Tensor which = order.narrow(0, at, many);
        std::vector<at::Tensor> leaves;
        for (const at::Tensor &p : parameters)
            leaves.push_back(p.detach().set_requires_grad(true));
        at::Tensor told =
            forward(net, leaves, rows.index_select(0, which), lesson.dropout, &random);
        loss_of(net, told, wanted.index_select(0, which)).backward();
        std::vector<at::Tensor> gradients;
        for (const at::Tensor &leaf : leaves)
            gradients.push_back(leaf.grad());
        double done = (epoch + double(at) / n) / double(lesson.epochs);
        double rate =
            lesson.rate * (lesson.cools ? 0.5 + 0.5 * std::cos(M_PI * done) : 1);
        optimiser.step(parameters, gradients, rate);
    }

    const ia_learn_net &net;
    const ia_learn_lesson &lesson;
    at::Generator random;
    at::Tensor flat, rows, wanted;
    std::vector<at::Tensor> parameters;
    adam optimiser;
};

int64_t count_weights(const ia_learn_net &net)
{
    int64_t maps = net.maps, cells = int64_t(net.height) * net.width, n = 0;
    int64_t height = net.height, width = net.width;
    for (int32_t i = 0; i < net.n_layers; i++) {
        int64_t outputs = net.layers[i].outputs;
        bool convolves = net.layers[i].kind == IA_LEARN_CONVOLVE;
        n += outputs * (maps * (convolves ? 9 : cells) + 1);
        height = convolves ? height / 2 : 1;
        width = convolves ? width / 2 : 1;
        cells = height * width;
        maps = outputs;
    }
    return n;
}

template <typename body> ia_learn_end guard(char words[IA_LEARN_WORDS], const body &work)
{
    try {
        settle();
        return work();
    } catch (const c10::Error &error) {
        std::snprintf(words, IA_LEARN_WORDS, "%s", error.what_without_backtrace());
    } catch (const std::exception &error) {
        std::snprintf(words, IA_LEARN_WORDS, "%s", error.what());
    }
    for (char *at = words; *at; at++)
        if (*at == '\n')
            *at = ' ';
    return IA_LEARN_FAILED;
}

ia_learn_end train(const ia_learn_net *net, const ia_learn_lesson *lesson, float *weights,
                   char words[IA_LEARN_WORDS])
{
    return guard(words, [&] {
        trainer job(*net, *lesson, weights, count_weights(*net));
        return job.run() ? IA_LEARN_OK : IA_LEARN_STOPPED;
    });
}

ia_learn_end predict(const ia_learn_net *net, const float *weights, const float *rows,
                     size_t n, float *out, char words[IA_LEARN_WORDS])
{
    return guard(words, [&] {
        at::NoGradGuard still;
        int64_t outputs = net->layers[net->n_layers - 1].outputs, cells = cells_of(*net);
        at::Tensor flat = at::from_blob(const_cast<float *>(weights),
                                        {count_weights(*net)}, at::kFloat);
        std::vector<at::Tensor> parameters = parameters_of(*net, flat);
        for (int64_t at = 0; at < int64_t(n); at += rows_at_once) {
            int64_t many = std::min(rows_at_once, int64_t(n) - at);
            at::Tensor x = at::from_blob(const_cast<float *>(rows) + at * cells,
                                         {many, cells}, at::kFloat);
            at::Tensor told = forward(*net, parameters, x, 0, nullptr);
            if (net->classes)
                told = at::softmax(told, 1);
            at::from_blob(out + at * outputs, {many, outputs}, at::kFloat).copy_(told);
        }
        return IA_LEARN_OK;
    });
}

} // namespace

extern "C" __attribute__((visibility("default"))) const ia_learn_plugin ia_learn_networks;
extern "C" const ia_learn_plugin ia_learn_networks = {
    IA_LEARN_VERSION, "libtorch " TORCH_VERSION, train, predict};
